package io.loralake.jobs.runtime;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;

/** Adapter encoders that outlive tasks: a JVM makes as many as it has task slots, each once. */
public final class EncoderPool {
  private static final IdlePool<AdapterEncoder> IDLE = new IdlePool<>(AdapterEncoder::close);

  private EncoderPool() {}

  /** An encoder for exclusive use until {@link #give} takes it back. */
  public static AdapterEncoder take(final EncoderArtifact artifact) {
    return IDLE.take(artifact.card().id()).orElseGet(artifact::open);
  }

  public static void give(final AdapterEncoder encoder) {
    IDLE.give(encoder.card().id(), encoder);
  }
}
