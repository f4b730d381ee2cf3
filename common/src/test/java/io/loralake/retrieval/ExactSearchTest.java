package io.loralake.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.loralake.tensor.Vectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExactSearchTest {
  private static final int WIDTH = 8;

  /** More rows than a block has and more queries than a batch, neither a multiple. */
  @Test
  void blocksAndBatchesFindWhatSortingFinds() {
    final List<float[]> rows = vectors(9000, 1);
    final float[][] queries = vectors(300, 2).toArray(float[][]::new);
    try (ExactSearch search = ExactSearch.of(rows, WIDTH)) {
      assertThat(search.size()).isEqualTo(9000);
      final List<List<Hit>> hits = search.topK(queries, 10);
      assertThat(hits).hasSize(300);
      for (int q = 0; q < queries.length; q++) {
        assertThat(hits.get(q)).isEqualTo(sorted(queries[q], rows).subList(0, 10));
      }
    }
  }

  @Test
  void equalScoresComeInTheOrderOfTheirRows() {
    final List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      rows.add(new float[] {i % 2, 0});
    }
    try (ExactSearch search = ExactSearch.of(rows, 2)) {
      assertThat(search.topK(new float[][] {{1, 0}}, 30).get(0))
          .extracting(Hit::row)
          .containsExactlyElementsOf(IntStream.range(0, 30).map(i -> 2 * i + 1).boxed().toList());
    }
  }

  /** More equal ones than are kept, and then better ones that take the places of the last. */
  @Test
  void betterRowsTakeThePlacesOfTheLastOfEqualOnes() {
    final List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      rows.add(new float[] {i < 60 ? 0.5f : 1});
    }
    try (ExactSearch search = ExactSearch.of(rows, 1)) {
      assertThat(search.topK(new float[][] {{1}}, 30).get(0))
          .extracting(Hit::row)
          .containsExactlyElementsOf(
              IntStream.concat(IntStream.range(60, 80), IntStream.range(0, 10)).boxed().toList());
    }
  }

  @Test
  void rowsBeginAtTheBuffersPosition() {
    final ByteBuffer bytes = ByteBuffer.allocateDirect(3 * 4).order(ByteOrder.nativeOrder());
    bytes.putFloat(9).putFloat(4, 1).putFloat(8, 2);
    try (ExactSearch search = new ExactSearch(bytes, 1)) {
      assertThat(search.topK(new float[][] {{1}}, 3).get(0))
          .containsExactly(new Hit(1, 2), new Hit(0, 1));
    }
  }

  @Test
  void fewerRowsThanAskedForAreAllFound() {
    final List<float[]> rows = vectors(3, 3);
    final float[][] queries = {rows.get(2)};
    try (ExactSearch search = ExactSearch.of(rows, WIDTH)) {
      assertThat(search.topK(queries, 10)).containsExactly(sorted(queries[0], rows));
    }
    try (ExactSearch search = ExactSearch.of(List.of(), WIDTH)) {
      assertThat(search.topK(queries, 10)).containsExactly(List.of());
    }
  }

  /** Two rows that float32 cannot tell apart: their scores differ by less than its rounding. */
  @Test
  void scoresAreSummedInDoublePrecision() {
    final List<float[]> rows = List.of(new float[] {1, 0}, new float[] {1, 1});
    try (ExactSearch search = ExactSearch.of(rows, 2)) {
      final List<Hit> hits = search.topK(new float[][] {{1, 1e-9f}}, 1).get(0);
      assertThat(hits).extracting(Hit::row).containsExactly(1);
      assertThat(hits.get(0).score()).isCloseTo(1 + 1e-9, within(1e-15));
    }
  }

  private static List<float[]> vectors(final int count, final long seed) {
    final Random random = new Random(seed);
    final List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final float[] vector = new float[WIDTH];
      for (int j = 0; j < WIDTH; j++) {
        vector[j] = (float) random.nextGaussian();
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private static List<Hit> sorted(final float[] query, final List<float[]> rows) {
    final Hit[] hits = new Hit[rows.size()];
    for (int i = 0; i < hits.length; i++) {
      hits[i] = new Hit(i, Vectors.dot(query, rows.get(i)));
    }
    Arrays.sort(hits, (a, b) -> Double.compare(b.score(), a.score()));
    return List.of(hits);
  }
}
