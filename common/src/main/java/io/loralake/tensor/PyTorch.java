package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.util.Utils;
import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.io.File;
import java.lang.System.Logger.Level;

/**
 * The engine, loaded so that each operation gives the same bits in every thread and at every call.
 *
 * <p>PyTorch tells OpenMP and MKL how many native threads to use ({@code
 * ai.djl.pytorch.num_threads}) anew in each thread, before the first operation that asks for the
 * number. Products of matrices do not ask: where one comes first in a thread it runs on all cores,
 * and sums in another order. OpenMP's own default is the environment's, read when it is loaded.
 *
 * <p>On a GPU TorchScript compiles kernels of its own for an operation whose arguments have shapes
 * that it has seen before, which round otherwise: the second picture of a process would differ from
 * the first. It is told not to. And cuDNN would keep 11 bits of float32's 24 in convolutions.
 */
public final class PyTorch {
  private static final String NAME = "PyTorch";
  private static final String THREADS = "OMP_NUM_THREADS";
  private static final String COMPILER = "PYTORCH_TENSOREXPR";
  private static final String ROUNDING = "NVIDIA_TF32_OVERRIDE";
  private static final String LIBRARIES = "jna.library.path";
  private static final String UNPACKED = "jna.tmpdir";

  static {
    if (Platform.isLinux()) {
      unpackBesideLibraries();
      set(THREADS, System.getProperty("ai.djl.pytorch.num_threads"));
      set(COMPILER, "0");
      set(ROUNDING, "0");
      showLibraries();
    }
  }

  private PyTorch() {}

  /**
   * JNA unpacks its library into home's {@code .cache}, which may be mounted {@code noexec}: the
   * folder that DJL was given for its own libraries is not.
   */
  private static void unpackBesideLibraries() {
    final String libraries = Utils.getEnvOrSystemProperty("DJL_CACHE_DIR");
    if (libraries != null && System.getProperty(UNPACKED) == null) {
      final File folder = new File(libraries, "jna");
      if (folder.isDirectory() ? folder.canWrite() : folder.mkdirs()) {
        System.setProperty(UNPACKED, folder.getPath());
      }
    }
  }

  private static void set(final String variable, final String value) {
    if (value != null && !value.equals(System.getenv(variable))) {
      try {
        Function.getFunction(Platform.C_LIBRARY_NAME, "setenv")
            .invokeInt(new Object[] {variable, value, 1});
      } catch (final LinkageError e) {
        System.getLogger(PyTorch.class.getName())
            .log(
                Level.WARNING,
                "%s cannot be set from here (%s): where it is not %s outside, last bits may differ"
                    .formatted(variable, e.getMessage(), value));
      }
    }
  }

  /**
   * DJL asks CUDA's runtime for GPUs, and looks for {@code libcudart.so}. PyTorch's wheels bring it
   * as {@code libcudart.so.12}, which JNA finds in folders of its own list alone.
   */
  private static void showLibraries() {
    final String folders = System.getenv("LD_LIBRARY_PATH");
    if (folders != null && System.getProperty(LIBRARIES) == null) {
      System.setProperty(LIBRARIES, folders);
    }
  }

  /**
   * A new manager on the CPU, where everything computes that no option sends to a GPU: that may be
   * another process's, and DJL keeps a copy in host memory of each array there that was read, as
   * long as the array's manager is open.
   */
  public static NDManager manager() {
    return manager(Device.cpu());
  }

  /** A new manager on a device. */
  public static NDManager manager(final Device device) {
    return NDManager.newBaseManager(device, NAME);
  }

  /** How many GPUs there are. */
  static int gpus() {
    return Engine.getEngine(NAME).getGpuCount();
  }
}
