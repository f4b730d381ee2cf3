package io.loralake.tests.bench;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the time of a call in one thread goes, by PyTorch's own profiler, which costs some itself.
 *
 * @param operations those with the longest times of their own first
 */
record Profile(List<Operation> operations) {
  private static final int SHOWN = 12;

  /**
   * One kind of operation.
   *
   * @param millis without the operations inside it
   */
  record Operation(String name, int calls, double millis) {}

  /** One call of an operation. */
  private record Span(String name, double start, double end) {}

  static Profile of(final Case.Call call) throws IOException {
    final Path trace = Files.createTempFile("profile-", ".json");
    try {
      JniUtils.startProfile(false, false, false);
      final long start = System.nanoTime();
      call.run();
      final double millis = (System.nanoTime() - start) / 1e6;
      JniUtils.stopProfile(trace.toString());
      return of(new ObjectMapper().readTree(trace.toFile()), millis);
    } finally {
      Files.delete(trace);
    }
  }

  /**
   * @param millis that the call took
   */
  private static Profile of(final JsonNode trace, final double millis) {
    final Map<String, List<Span>> threads = new HashMap<>();
    for (final JsonNode event : trace.isArray() ? trace : trace.get("traceEvents")) {
      if (event.path("ph").asText().equals("X")) {
        final double start = event.get("ts").asDouble();
        threads
            .computeIfAbsent(event.path("tid").asText(), key -> new ArrayList<>())
            .add(new Span(event.get("name").asText(), start, start + event.get("dur").asDouble()));
      }
    }
    final Map<String, Operation> byName = new HashMap<>();
    threads.values().forEach(spans -> add(spans, byName));
    final double inPyTorch = byName.values().stream().mapToDouble(Operation::millis).sum();
    count(byName, "outside PyTorch", 1, 1000 * (millis - inPyTorch));
    return new Profile(
        byName.values().stream()
            .sorted(Comparator.comparingDouble(Operation::millis).reversed())
            .toList());
  }

  /** Takes from each span what lies inside it. */
  private static void add(final List<Span> spans, final Map<String, Operation> byName) {
    spans.sort(
        Comparator.comparingDouble(Span::start)
            .thenComparing(Comparator.comparingDouble(Span::end).reversed()));
    final Deque<Span> open = new ArrayDeque<>();
    for (final Span span : spans) {
      while (!open.isEmpty() && open.peek().end() <= span.start()) {
        open.pop();
      }
      if (!open.isEmpty()) {
        count(byName, open.peek().name(), 0, span.start() - span.end());
      }
      count(byName, span.name(), 1, span.end() - span.start());
      open.push(span);
    }
  }

  private static void count(
      final Map<String, Operation> byName,
      final String name,
      final int calls,
      final double microseconds) {
    byName.merge(
        name,
        new Operation(name, calls, microseconds / 1000),
        (a, b) -> new Operation(name, a.calls() + b.calls(), a.millis() + b.millis()));
  }

  @Override
  public String toString() {
    final double all = operations.stream().mapToDouble(Operation::millis).sum();
    final StringBuilder text = new StringBuilder();
    for (final Operation one : operations.subList(0, Math.min(SHOWN, operations.size()))) {
      text.append(
          String.format(
              Locale.ROOT,
              "    %-28s %6d calls %9.1f ms %5.1f %%%n",
              one.name(),
              one.calls(),
              one.millis(),
              100 * one.millis() / all));
    }
    return text.toString();
  }
}
