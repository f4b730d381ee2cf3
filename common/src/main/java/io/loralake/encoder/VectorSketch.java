package io.loralake.encoder;

import static io.loralake.encoder.VectorTile.COLUMNS;
import static io.loralake.encoder.VectorTile.LANES;
import static io.loralake.encoder.VectorTile.OTHERS;
import static io.loralake.encoder.VectorTile.ROWS;

import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.VectorKernel;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Products in the JVM's vectors. Each tile of a factor is widened once and used for everything, and
 * of a factor's symmetric products with itself one half is computed; PyTorch writes the widened
 * factor, reads it for each product, and computes both halves.
 */
final class VectorSketch implements SketchKernel, VectorKernel {
  /** Numbers of a tile. */
  private static final int TILE = 8192;

  private final VectorTile tile = new VectorTile();

  @Override
  public int lanes() {
    return LANES;
  }

  /**
   * @param probes one at most
   */
  @Override
  public ProductNorm read(
      final TensorData a, final TensorData b, final float[] probes, final FloatBuffer response) {
    tile.begin();
    final RowProducts ofA = new RowProducts(a, probes);
    final ColumnProducts ofB = new ColumnProducts(b, ofA.withProbe());
    response.put(ofB.response, 0, response.remaining());
    double sum = 0;
    double size = 0;
    for (int i = 0; i < ofA.rank; i++) {
      for (int j = i; j < ofA.rank; j++) {
        final double term = (i == j ? 1 : 2) * ofA.at(i, j) * ofB.at(i, j);
        sum += term;
        size += Math.abs(term);
      }
    }
    return tile.isFinite() ? new ProductNorm(sum, size) : new ProductNorm(Double.NaN, Double.NaN);
  }

  private static int roundedUp(final int number, final int multiple) {
    return (number + multiple - 1) / multiple * multiple;
  }

  /** A A^T, of which the lower half is left out, and A probe^T. */
  private final class RowProducts {
    private final int rank;
    private final int rows; // of a tile: those of A, then the probe's, to whole blocks
    private final int probe; // where it is among them
    private final float[] sums; // (rows of A, rows, LANES)

    /**
     * @param a (R, d_in)
     * @param input (d_in); empty without a probe
     */
    RowProducts(final TensorData a, final float[] input) {
      final int inDim = (int) a.shape()[1];
      rank = (int) a.shape()[0];
      probe = roundedUp(rank, ROWS);
      rows = probe + (input.length == 0 ? 0 : OTHERS);
      sums = new float[probe * rows * LANES];
      final int width = Math.max(1, TILE / rows / LANES) * LANES;
      final float[] numbers = tile.require(rows * width);
      for (int column = 0; column < inDim; column += width) {
        final int columns = Math.min(width, inDim - column);
        if (columns < width) {
          Arrays.fill(numbers, 0);
        }
        for (int row = 0; row < rank; row++) {
          tile.widen(a, row * inDim + column, columns, row * width);
        }
        if (input.length > 0) {
          System.arraycopy(input, column, numbers, probe * width, columns);
        }
        multiply(width);
      }
    }

    private void multiply(final int width) {
      for (int i = 0; i < rank; i += ROWS) {
        for (int j = i; j < rows; j += OTHERS) {
          tile.multiplyRows(i * width, j * width, width, sums, place(i, j), rows * LANES);
        }
      }
    }

    private int place(final int i, final int j) {
      return (i * rows + j) * LANES;
    }

    /** For i <= j. */
    double at(final int i, final int j) {
      double sum = 0;
      for (int lane = 0; lane < LANES; lane++) {
        sum += sums[place(i, j) + lane];
      }
      return sum;
    }

    /** A probe^T (R); zeros without a probe. */
    float[] withProbe() {
      final float[] products = new float[rank];
      if (probe < rows) {
        for (int r = 0; r < rank; r++) {
          products[r] = (float) at(r, probe);
        }
      }
      return products;
    }
  }

  /** B^T B, of which what lies wholly in the lower half is left out, and B A probe^T. */
  private final class ColumnProducts {
    private final int width;
    private final float[] sums; // (R, R), both to whole blocks
    private final float[] response; // (rows), to whole blocks

    /**
     * @param b (rows, R)
     * @param h A probe^T (R)
     */
    ColumnProducts(final TensorData b, final float[] h) {
      final int all = (int) b.shape()[0];
      final int rank = h.length;
      width = roundedUp(rank, LANES);
      sums = new float[roundedUp(rank, COLUMNS) * width];
      response = new float[roundedUp(all, COLUMNS)];
      final int step = Math.max(1, TILE / rank / COLUMNS) * COLUMNS;
      tile.require(step * rank);
      for (int row = 0; row < all; row += step) {
        final int rows = Math.min(step, all - row);
        tile.widen(b, row * rank, rows * rank, 0);
        for (int i = 0; i < rank; i += COLUMNS) {
          for (int j = i / LANES * LANES; j < rank; j += LANES) {
            tile.multiplyColumns(i, j, rows, rank, sums, i * width + j, width);
          }
        }
        for (int i = 0; i < rows; i += COLUMNS) {
          tile.multiply(i, h, response, row);
        }
      }
    }

    /** For i <= j. */
    double at(final int i, final int j) {
      return sums[i * width + j];
    }
  }
}
