package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.lang.System.Logger.Level;

/**
 * The engine, loaded so that each operation gives the same bits in every thread.
 *
 * <p>PyTorch tells OpenMP and MKL how many native threads to use ({@code
 * ai.djl.pytorch.num_threads}) anew in each thread, before the first operation that asks for the
 * number. Products of matrices do not ask: where one comes first in a thread it runs on all cores,
 * and sums in another order. OpenMP's own default is the environment's, read when it is loaded.
 */
public final class PyTorch {
  private static final String NAME = "PyTorch";
  private static final String VARIABLE = "OMP_NUM_THREADS";

  static {
    final String threads = System.getProperty("ai.djl.pytorch.num_threads");
    if (threads != null && Platform.isLinux() && !threads.equals(System.getenv(VARIABLE))) {
      setVariable(threads);
    }
  }

  private PyTorch() {}

  private static void setVariable(final String value) {
    try {
      Function.getFunction(Platform.C_LIBRARY_NAME, "setenv")
          .invokeInt(new Object[] {VARIABLE, value, 1});
    } catch (final LinkageError e) {
      System.getLogger(PyTorch.class.getName())
          .log(
              Level.WARNING,
              "%s cannot be set from here (%s): where it is not %s outside, last bits may differ"
                  .formatted(VARIABLE, e.getMessage(), value));
    }
  }

  /** A new manager on the first GPU, or on the CPU where there is none. */
  public static NDManager manager() {
    return NDManager.newBaseManager(NAME);
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
