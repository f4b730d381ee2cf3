package io.loralake.jobs.search;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;

/** Embeds the sketches of a table of adapters, by default its column {@code sketch}. */
public final class AdapterEmbedder extends ColumnEmbedder<AdapterEmbedder> {

  public AdapterEmbedder(final EncoderArtifact artifact) {
    super(artifact, "sketch", DataTypes.BinaryType);
  }

  @Override
  AdapterEmbedder self() {
    return this;
  }

  @Override
  float[][] embed(final AdapterEncoder encoder, final List<Object> inputs) {
    final List<byte[]> sketches = new ArrayList<>();
    inputs.forEach(input -> sketches.add((byte[]) input));
    return encoder.embed(sketches);
  }
}
