package io.loralake.tensor;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.util.Optional;

/**
 * Work in the JVM's vectors, which incubate: a JVM without {@code --add-modules
 * jdk.incubator.vector} leaves it to PyTorch, which is slower and gives other last bits. Compiled
 * apart, since the compiler warns of the module: nothing refers to such a class.
 */
public interface VectorKernel {

  /** Processors with shorter registers may lack a fused multiply-add, which is then emulated. */
  int LEAST_LANES = 8;

  /** Numbers of a vector. */
  int lanes();

  /**
   * A new one, where that is worth while.
   *
   * @param kind what it does
   * @param name of the class that does it, in the package of {@code kind}
   */
  static <K> Optional<K> load(final Class<K> kind, final String name) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty() || !compilesVectors()) {
      return Optional.empty();
    }
    try {
      final Constructor<?> constructor =
          Class.forName(kind.getPackageName() + "." + name).getDeclaredConstructor();
      constructor.setAccessible(true);
      final VectorKernel kernel = (VectorKernel) constructor.newInstance();
      return kernel.lanes() >= LEAST_LANES ? Optional.of(kind.cast(kernel)) : Optional.empty();
    } catch (final ReflectiveOperationException e) {
      throw new IllegalStateException("The kernel " + name + " cannot be loaded", e);
    }
  }

  /** HotSpot's C2 makes instructions of vectors; to others each is an object. */
  private static boolean compilesVectors() {
    final HotSpotDiagnosticMXBean vm =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return vm != null
        && option(vm, "TieredStopAtLevel").equals("4")
        && !option(vm, "UseJVMCICompiler").equals("true");
  }

  /** Empty where the JVM has no such option. */
  private static String option(final HotSpotDiagnosticMXBean vm, final String name) {
    try {
      return vm.getVMOption(name).getValue();
    } catch (final IllegalArgumentException e) {
      return "";
    }
  }
}
