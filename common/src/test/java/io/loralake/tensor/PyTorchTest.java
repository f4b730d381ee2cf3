package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PyTorchTest {
  private static final String NAME = "first-product"; // Linux keeps 15 characters

  /** What PyTorch and NVIDIA's libraries are not to do. */
  private static final List<String> VARIABLES =
      List.of("PYTORCH_TENSOREXPR", "NVIDIA_TF32_OVERRIDE");

  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  private final Random random = new Random(1);

  private NDArray normal(final NDManager manager, final long rows, final long columns) {
    final float[] values = new float[(int) (rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return PyTorchMemory.copyOf(manager, values, new Shape(rows, columns));
  }

  private static <T> T inNewThread(final Callable<T> task) throws Exception {
    final ExecutorService thread = Executors.newSingleThreadExecutor(run -> new Thread(run, NAME));
    try {
      final Future<T> result = thread.submit(task);
      return result.get();
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void theFirstProductOfAThreadHasTheBitsOfLaterOnes() throws Exception {
    try (NDManager manager = PyTorch.manager()) {
      for (final int width : new int[] {64, 192, 384, 768}) {
        final NDArray x = normal(manager, 8, width);
        final NDArray w = normal(manager, 192, width).transpose();
        final float[] first = inNewThread(() -> x.matMul(w).toFloatArray());
        final float[] later =
            inNewThread(
                () -> {
                  JniUtils.getNumThreads(); // asks
                  return x.matMul(w).toFloatArray();
                });
        assertThat(first).as("width %d", width).isEqualTo(later);
      }
    }
  }

  /** OpenMP's threads have the name of the thread that made them. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void itRunsOnThatThreadAlone() throws Exception {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = normal(manager, 512, 512);
      final long threads =
          inNewThread(
              () -> {
                x.matMul(x).close();
                return threadsOfThisName();
              });
      assertThat(threads).isOne();
    }
  }

  /** As where there is a GPU. */
  @Test
  void whatNoOptionSendsToAGpuStaysOnTheCpu() throws Exception {
    final Engine engine = Engine.getEngine("PyTorch");
    final Field device = Engine.class.getDeclaredField("defaultDevice");
    device.setAccessible(true);
    final Object before = device.get(engine);
    device.set(engine, Device.gpu());
    try (NDManager manager = PyTorch.manager()) {
      assertThat(manager.getDevice()).isEqualTo(Device.cpu());
    } finally {
      device.set(engine, before);
    }
  }

  /** Loads the class, but no engine. */
  static final class Settings {
    public static void main(final String[] arguments) throws ClassNotFoundException {
      Class.forName(PyTorch.class.getName());
      final Function getenv = Function.getFunction("c", "getenv");
      for (final String name : VARIABLES) {
        System.out.println(getenv.invokeString(new Object[] {name}, false));
      }
      System.out.println(NativeLibrary.getInstance("cudart").getFile());
    }
  }

  private static ProcessBuilder settings() {
    final ProcessBuilder process =
        new ProcessBuilder(
            JAVA.resolve("bin/java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Settings.class.getName());
    VARIABLES.forEach(process.environment()::remove);
    return process;
  }

  /** As where home is mounted noexec. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatSetsTheEnvironmentIsUnpackedBesideDjlsLibraries(@TempDir final Path folder)
      throws Exception {
    final Path libraries = folder.resolve("libraries");
    final Path cache = folder.resolve("cache");
    final ProcessBuilder process = settings();
    process.environment().put("DJL_CACHE_DIR", libraries.toString());
    process.environment().put("XDG_CACHE_HOME", cache.toString());
    try (BufferedReader lines = process.start().inputReader()) {
      assertThat(lines.readLine()).isEqualTo("0");
    }
    assertThat(libraries.resolve("jna")).isDirectory();
    assertThat(cache).doesNotExist();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aGpuRoundsAsItIsToldAndTheCudaOfAWheelIsFound(@TempDir final Path folder) throws Exception {
    final Path runtime = folder.resolve("libcudart.so.12");
    Files.copy(JAVA.resolve("lib/libjsig.so"), runtime); // any library will do
    final ProcessBuilder process = settings();
    process.environment().put("LD_LIBRARY_PATH", folder.toString());
    try (BufferedReader lines = process.start().inputReader()) {
      for (final String name : VARIABLES) {
        assertThat(lines.readLine()).as(name).isEqualTo("0");
      }
      assertThat(lines.readLine()).isEqualTo(runtime.toString());
    }
  }

  private static long threadsOfThisName() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.filter(thread -> nameOf(thread).equals(NAME)).count();
    }
  }

  private static String nameOf(final Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
