package io.loralake.tensor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** What this process can still allocate on its machine. */
final class HostMemory {
  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final Path PROCESS = Path.of("/proc/self/status");
  private static final Path LIMITS = Path.of("/proc/self/limits");

  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");
  private static final Pattern HELD = Pattern.compile("RssAnon:\\s+(\\d+) kB");
  private static final Pattern SIZE = Pattern.compile("VmSize:\\s+(\\d+) kB");
  private static final Pattern ADDRESS_SPACE = Pattern.compile("Max address space\\s+(\\d+)");

  private HostMemory() {}

  /**
   * What the kernel calls available, and no more than is left of the container's memory and of the
   * limit on address space.
   */
  static long available() throws IOException {
    if (!Files.exists(MACHINE)) {
      return Runtime.getRuntime().maxMemory();
    }
    final long machine = kilobytes(MACHINE, AVAILABLE).orElse(Runtime.getRuntime().maxMemory());
    final long here = Math.min(machine, container() - kilobytes(PROCESS, HELD).orElse(0));
    final OptionalLong limit = number(LIMITS, ADDRESS_SPACE);
    return limit.isEmpty()
        ? here
        : Math.min(here, limit.getAsLong() - kilobytes(PROCESS, SIZE).orElse(0));
  }

  /** All memory of the container, or of the machine where there is none. */
  private static long container() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /**
   * Gives back what the allocator keeps of arrays that are gone, which counts as taken.
   *
   * @return whether this JDK can; the first 17 could not
   */
  static boolean trim() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              ObjectName.getInstance("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
      return true;
    } catch (final JMException e) {
      return false;
    }
  }

  private static OptionalLong kilobytes(final Path file, final Pattern line) throws IOException {
    final OptionalLong count = number(file, line);
    return count.isEmpty() ? count : OptionalLong.of(count.getAsLong() << 10);
  }

  private static OptionalLong number(final Path file, final Pattern line) throws IOException {
    final Matcher matcher = line.matcher(Files.readString(file));
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
