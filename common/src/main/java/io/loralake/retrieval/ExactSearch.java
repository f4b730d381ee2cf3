package io.loralake.retrieval;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Exact top-k over the rows of a matrix: blocked matrix products in float32 choose candidates,
 * whose scores are summed again in float64, so that neither blocks nor batches change the answer.
 * Several threads may search at once.
 */
public final class ExactSearch implements AutoCloseable {
  private static final int BLOCK_ROWS = 4096;
  private static final int BATCH_QUERIES = 256;

  /** Candidates beyond k, for rows whose float32 scores are in another order than the true ones. */
  private static final int MARGIN = 16;

  private final int rows;
  private final int width;
  private final FloatBuffer values;
  private final NDManager manager = PyTorch.manager();
  private final List<NDArray> blocks = new ArrayList<>(); // each (rows of the block, E)

  /**
   * @param matrix (N, E) floats in native byte order, direct; not copied, must not change
   */
  public ExactSearch(final ByteBuffer matrix, final int width) {
    final ByteBuffer all = matrix.slice(); // from its position on
    this.width = width;
    this.rows = all.remaining() / (Float.BYTES * width);
    this.values = all.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
    for (int from = 0; from < rows; from += BLOCK_ROWS) {
      final int count = Math.min(BLOCK_ROWS, rows - from);
      final int bytes = Float.BYTES * width;
      final ByteBuffer block =
          all.slice(from * bytes, count * bytes).order(ByteOrder.nativeOrder());
      blocks.add(manager.create(block, new Shape(count, width), DataType.FLOAT32));
    }
  }

  /** Copies rows of unit vectors. */
  public static ExactSearch of(final List<float[]> rows, final int width) {
    final ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(rows.size() * Float.BYTES, width))
            .order(ByteOrder.nativeOrder());
    final FloatBuffer floats = bytes.asFloatBuffer();
    rows.forEach(floats::put);
    return new ExactSearch(bytes, width);
  }

  /** N. */
  public int size() {
    return rows;
  }

  /**
   * The k best rows for each query, best first; fewer where there are fewer rows.
   *
   * @param queries (Q, E)
   */
  public List<List<Hit>> topK(final float[][] queries, final int k) {
    final List<List<Hit>> hits = new ArrayList<>();
    for (int from = 0; from < queries.length; from += BATCH_QUERIES) {
      final int count = Math.min(BATCH_QUERIES, queries.length - from);
      final float[][] batch = new float[count][];
      System.arraycopy(queries, from, batch, 0, count);
      final Candidates[] candidates = candidates(batch, k + MARGIN);
      for (int i = 0; i < count; i++) {
        hits.add(rescore(batch[i], candidates[i], k));
      }
    }
    return hits;
  }

  private Candidates[] candidates(final float[][] queries, final int capacity) {
    final Candidates[] candidates = new Candidates[queries.length];
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = new Candidates(Math.min(capacity, Math.max(1, rows)));
    }
    try (NDManager scope = manager.newSubManager()) {
      final NDArray q = scope.create(queries);
      for (int block = 0; block < blocks.size(); block++) {
        try (NDArray scores =
            TorchOps.linear(q, blocks.get(block), null)) { // (Q, rows of the block)
          offer(candidates, scores, block * BLOCK_ROWS);
        }
      }
    }
    return candidates;
  }

  private static void offer(
      final Candidates[] candidates, final NDArray scores, final int firstRow) {
    final int count = (int) scores.getShape().get(1);
    final FloatBuffer values = scores.toByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
    final float[] row = new float[count];
    for (int i = 0; i < candidates.length; i++) {
      values.get(i * count, row);
      final Candidates best = candidates[i];
      float threshold = best.threshold();
      for (int j = 0; j < count; j++) {
        if (row[j] > threshold) {
          best.offer(row[j], firstRow + j);
          threshold = best.threshold();
        }
      }
    }
  }

  private List<Hit> rescore(final float[] query, final Candidates candidates, final int k) {
    final List<Hit> hits = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      hits.add(new Hit(candidates.row(i), dot(query, candidates.row(i))));
    }
    hits.sort(Hit::byRank);
    return List.copyOf(hits.subList(0, Math.min(k, hits.size())));
  }

  private double dot(final float[] query, final int row) {
    double sum = 0;
    for (int i = 0; i < width; i++) {
      sum += (double) query[i] * values.get(row * width + i);
    }
    return sum;
  }

  @Override
  public void close() {
    manager.close();
  }
}
