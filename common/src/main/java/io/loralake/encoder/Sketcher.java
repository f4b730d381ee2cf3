package io.loralake.encoder;

import ai.djl.ndarray.NDManager;
import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterReader;
import io.loralake.adapter.Pair;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Half;
import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.VectorKernel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Computes sketch and strength of adapter files, reading each file once. Holds the projection
 * matrices of one probe set, and its probes where PyTorch multiplies them, in native memory; an
 * instance serves one thread and is closed by its owner.
 */
public final class Sketcher implements AutoCloseable {
  /** Of two factors that are read with the JVM's vectors, and their largest rank. */
  private static final long LEAST_NUMBERS = 1 << 14;

  private static final int MOST_RANK = 256;

  private static final float[] NO_PROBES = {};

  private final LayerTable table;
  private final ProbeSet probeSet;
  private final AdapterReader reader = new AdapterReader();
  private final NDManager manager = PyTorch.manager();
  private final TorchSketch torch = new TorchSketch(manager);
  private final SketchKernel vectors =
      VectorKernel.load(SketchKernel.class, "VectorSketch").orElse(torch);
  private final Map<String, Integer> indexByName = new HashMap<>();
  private final int[] offsets; // of each layer's numbers in the sketch
  private final Map<Integer, Projection> projections = new HashMap<>(); // by d_out

  public Sketcher(final LayerTable table, final ProbeSet probeSet) {
    this.table = table;
    this.probeSet = probeSet;
    this.offsets = new int[probeSet.layers().size()];
    int offset = 0;
    for (int i = 0; i < offsets.length; i++) {
      final Layer layer = probeSet.layers().get(i);
      indexByName.put(layer.name(), i);
      offsets[i] = offset;
      offset += probeSet.probes() * probeSet.keptWidth(layer);
      projections.computeIfAbsent(
          layer.outDim(),
          outDim -> new Projection(manager, outDim, probeSet.sketchWidth(), probeSet.probes()));
    }
  }

  /**
   * Reads, checks and sketches one file.
   *
   * @throws RejectedException when a factor, alpha or the update is not finite, or every update is
   *     zero
   */
  public SketchedAdapter sketch(final SafetensorsFile file, final AdapterLayout layout)
      throws IOException {
    final File work = new File(file.source().name());
    try {
      final String id = reader.read(file, layout, work);
      work.flush();
      return work.result(id);
    } finally {
      projections.values().forEach(Projection::clear);
    }
  }

  /** Small factors are not worth the JVM's compiling; of large products PyTorch makes the most. */
  private SketchKernel kernel(final Pair pair) {
    final long numbers = (long) pair.rank() * (pair.layer().inDim() + pair.rows());
    return probeSet.probes() == 1 && numbers >= LEAST_NUMBERS && pair.rank() <= MOST_RANK
        ? vectors
        : torch;
  }

  /** The work on one file. */
  private final class File implements AdapterReader.Visitor {
    private final String name;
    private final double[] squares = new double[table.size()];
    private final ByteBuffer halves =
        ByteBuffer.allocate(probeSet.sketchLength() * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final float[] rms = new float[offsets.length];
    private final float[] scales = new float[offsets.length]; // of responses not yet stored

    /** Responses (d_out, P) of layers that come in parts, until all parts have been seen. */
    private final Map<Integer, float[]> partial = new HashMap<>();

    File(final String name) {
      this.name = name;
    }

    @Override
    public void visit(final Pair pair, final float scale, final TensorData a, final TensorData b) {
      if (!pair.inBase()) {
        AdapterReader.requireFinite(name, pair, a, b);
        return;
      }
      final Integer index = indexByName.get(pair.layer().name());
      final float[] probes = index == null ? NO_PROBES : probeSet.vectors().get(index);
      final FloatBuffer response = room(pair, index);
      final ProductNorm norm = kernel(pair).read(a, b, probes, response);
      final double square = (norm.cancels() ? torch.squaredNorm(a, b) : norm.sum()) * scale * scale;
      if (!Double.isFinite(square)) {
        AdapterReader.requireFinite(name, pair, a, b);
        throw RejectedException.overflow(name, pair.module());
      }
      squares[table.indexOf(pair.layer())] += square;
      if (index != null) {
        addResponse(pair, scale, index, response.flip());
      }
    }

    /** For the pair's response (rows, P): that of a whole layer goes on its way at once. */
    private FloatBuffer room(final Pair pair, final Integer index) {
      if (index == null) {
        return FloatBuffer.allocate(0);
      }
      return isWhole(pair)
          ? projections.get(pair.rows()).next()
          : FloatBuffer.allocate(pair.rows() * probeSet.probes());
    }

    private boolean isWhole(final Pair pair) {
      return pair.rows() == pair.layer().outDim();
    }

    /** Parts of a layer are put together first. */
    private void addResponse(
        final Pair pair, final float scale, final int index, final FloatBuffer response) {
      if (isWhole(pair)) {
        scales[index] = scale;
        projections.get(pair.rows()).add(index, this::store);
        return;
      }
      scales[index] = 1;
      final float[] whole =
          partial.computeIfAbsent(
              index, it -> new float[pair.layer().outDim() * probeSet.probes()]);
      final int first = pair.row() * probeSet.probes();
      for (int i = 0; i < response.limit(); i++) {
        whole[first + i] = response.get(i) * scale;
      }
    }

    void flush() {
      partial.forEach(
          (index, response) -> {
            final Projection projection = projections.get(probeSet.layers().get(index).outDim());
            projection.next().put(response);
            projection.add(index, this::store);
          });
      projections.values().forEach(projection -> projection.flush(this::store));
    }

    private void store(final int layer, final float[] projected) {
      double sum = 0;
      for (final float value : projected) {
        sum += (double) value * value;
      }
      final double unscaled = Math.sqrt(sum / projected.length);
      rms[layer] = (float) (unscaled * Math.abs(scales[layer]));
      if (rms[layer] > 0) {
        final double factor = Math.signum(scales[layer]) / unscaled;
        int position = offsets[layer] * Short.BYTES;
        for (final float value : projected) {
          halves.putShort(position, Half.fromFloat((float) (value * factor)));
          position += Short.BYTES;
        }
      }
    }

    SketchedAdapter result(final String id) {
      final float[] norms = new float[squares.length];
      boolean empty = true;
      for (int i = 0; i < norms.length; i++) {
        norms[i] = (float) Math.sqrt(squares[i]);
        empty &= norms[i] == 0;
      }
      if (empty) {
        throw RejectedException.emptyUpdate(name);
      }
      return new SketchedAdapter(id, new Sketch(probeSet.id(), halves.array(), rms), norms);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
