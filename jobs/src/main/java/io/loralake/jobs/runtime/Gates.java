package io.loralake.jobs.runtime;

import io.loralake.source.web.Gate;
import io.loralake.source.web.LocalGate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;

/** The gate of this JVM. */
public final class Gates {
  private static final Map<Integer, Gate> LOCAL = new ConcurrentHashMap<>();
  private static volatile Gate installed;

  private Gates() {}

  /**
   * The driver's gate where {@link GatePlugin} runs; else one of this JVM.
   *
   * @param share how many JVMs divide the limits among them, each with a gate of its own
   */
  public static Gate of(final int share) {
    final Gate asking = installed;
    return asking != null ? asking : LOCAL.computeIfAbsent(share, LocalGate::new);
  }

  /** How many gates there are: one, or one for each executor. */
  public static int share(final SparkContext context) {
    final boolean plugged =
        context.conf().get("spark.plugins", "").contains(GatePlugin.class.getName());
    return plugged || context.isLocal()
        ? 1
        : Math.max(1, context.statusTracker().getExecutorInfos().length - 1);
  }

  static void install(final Gate gate) {
    installed = gate;
  }
}
