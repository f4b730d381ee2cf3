package io.loralake.jobs.runtime;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Adapter encoders that outlive tasks: a JVM makes as many as it has task slots, each once. */
public final class EncoderPool {
  private static final Map<String, Queue<AdapterEncoder>> IDLE = new ConcurrentHashMap<>();

  private EncoderPool() {}

  /** An encoder for exclusive use until {@link #give} takes it back. */
  public static AdapterEncoder take(final EncoderArtifact artifact) {
    final AdapterEncoder idle = queue(artifact.card().id()).poll();
    return idle != null ? idle : artifact.open();
  }

  public static void give(final AdapterEncoder encoder) {
    queue(encoder.card().id()).add(encoder);
  }

  private static Queue<AdapterEncoder> queue(final String id) {
    return IDLE.computeIfAbsent(id, key -> new ConcurrentLinkedQueue<>());
  }
}
