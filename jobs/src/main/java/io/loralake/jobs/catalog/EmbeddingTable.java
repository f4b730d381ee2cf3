package io.loralake.jobs.catalog;

import io.loralake.encoder.EncoderCard;
import java.util.Map;
import java.util.Optional;

/**
 * The table {@code embeddings}: which encoder searches use is one of its properties, and that its
 * vectors are as long as that one's is a constraint.
 */
public final class EmbeddingTable {
  private static final String NAME = "embeddings";
  private static final String ENCODER = "loralake.encoder";
  private static final String DIMENSION = "loralake.dimension"; // of the current encoder
  private static final String LENGTH_CHECK = "delta.constraints.dimension";

  private final Catalog catalog;
  private final TableShape shape;

  EmbeddingTable(final Catalog catalog) {
    this.catalog = catalog;
    this.shape = new TableShape(catalog, NAME);
  }

  /** The encoder that searches use; empty before the first training. */
  public Optional<String> encoder() {
    return catalog.exists(NAME)
        ? Optional.ofNullable(shape.properties().get(ENCODER))
        : Optional.empty();
  }

  /** From now on searches use this encoder; its rows are there. */
  public void changeEncoder(final EncoderCard encoder) {
    shape.setProperties(
        Map.of(ENCODER, encoder.id(), DIMENSION, String.valueOf(encoder.dimension())));
  }

  /**
   * Creates the table where it is not there yet, and makes room for vectors of the given length,
   * beside those of the current encoder.
   */
  public void makeRoom(final int dimension) {
    shape.create(
        CatalogColumns.EMBEDDINGS,
        Map.of("delta.enableChangeDataFeed", "true", LENGTH_CHECK, lengthIs(dimension)));
    if (!checksLength(dimension)) {
      Commits.run(() -> shape.alter("DROP CONSTRAINT IF EXISTS dimension"));
    }
  }

  /**
   * From now on all vectors are as long as an encoder's, as those that are there are; unless
   * another encoder has become the current one.
   */
  public void checkLength(final EncoderCard encoder) {
    final int dimension = encoder.dimension();
    Commits.run(
        () -> {
          if (encoder().equals(Optional.of(encoder.id())) && !checksLength(dimension)) {
            shape.alter("ADD CONSTRAINT dimension CHECK (" + lengthIs(dimension) + ")");
          }
        });
  }

  private boolean checksLength(final int dimension) {
    return lengthIs(dimension).equals(shape.properties().get(LENGTH_CHECK));
  }

  private static String lengthIs(final int dimension) {
    return "size(embedding) = " + dimension;
  }
}
