package io.loralake.jobs.search;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.text.SentenceEncoder;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;

/** Embeds the texts of a table, by default its column {@code prompt}, into an encoder's space. */
public final class TextEmbedder extends ColumnEmbedder<TextEmbedder> {
  private final String expected;
  private String textEncoder = SentenceEncoders.MINILM;

  public TextEmbedder(final EncoderArtifact artifact) {
    super(artifact, "prompt", DataTypes.StringType);
    this.expected = artifact.card().textEncoder();
  }

  /** Name of the text encoder, {@code minilm} or the folder of a base model. */
  public TextEmbedder setTextEncoder(final String name) {
    this.textEncoder = name;
    return this;
  }

  @Override
  TextEmbedder self() {
    return this;
  }

  @Override
  float[][] embed(final AdapterEncoder encoder, final List<Object> inputs) {
    final SentenceEncoder sentences = SentenceEncoders.get(textEncoder);
    if (!sentences.fingerprint().equals(expected)) {
      throw new IllegalArgumentException(
          "The encoder was trained with text encoder %s, %s is %s: their vectors do not compare"
              .formatted(expected, textEncoder, sentences.fingerprint()));
    }
    return encoder.embedTexts(sentences.sentences(inputs.stream().map(String::valueOf).toList()));
  }
}
