package io.loralake.jobs.options;

import io.loralake.jobs.runtime.SentenceEncoders;
import picocli.CommandLine.Option;

/** Options of all verbs that find adapters in a catalog. */
public final class CatalogOptions {
  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Folder or URI of a catalog with an encoder ('train-alignment').")
  private String catalog;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      converter = TextEncoderConverter.class,
      defaultValue = SentenceEncoders.MINILM,
      description = "Text encoder that the encoder was trained with. Default: ${DEFAULT-VALUE}.")
  private String text;

  public String path() {
    return catalog;
  }

  /** Name of the text encoder; see {@link SentenceEncoders#get}. */
  public String text() {
    return text;
  }
}
