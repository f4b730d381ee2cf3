package io.loralake.tests.bench;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** What a bench counts. */
enum Clock {
  /** Time that passes. */
  WALL {
    @Override
    long nanos() {
      return System.nanoTime();
    }
  },
  /** Time that the measuring thread computes: steadier where other work keeps the cores busy. */
  CPU {
    @Override
    long nanos() {
      return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
  };

  abstract long nanos();

  /** Since a reading of {@link #nanos}. */
  double secondsSince(final long start) {
    return (nanos() - start) / 1e9;
  }

  /** Milliseconds that a call takes. */
  Case.Measurement millis(final Case.Call call) {
    return () -> {
      final long start = nanos();
      call.run();
      return (nanos() - start) / 1e6;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
