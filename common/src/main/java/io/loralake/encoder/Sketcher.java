package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterReader;
import io.loralake.adapter.Pair;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Floats;
import io.loralake.tensor.Half;
import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Computes sketch and strength of adapter files, reading each file once. Holds the probes and
 * projection matrices of one probe set in native memory; an instance serves one thread and is
 * closed by its owner.
 */
public final class Sketcher implements AutoCloseable {
  private final LayerTable table;
  private final ProbeSet probeSet;
  private final AdapterReader reader = new AdapterReader();
  private final Floats floatsOfA = new Floats();
  private final Floats floatsOfB = new Floats();
  private final NDManager manager = PyTorch.manager();
  private final Map<String, Integer> indexByName = new HashMap<>();
  private final NDArray[] probes; // each (d_in, P)
  private final int[] offsets; // of each layer's numbers in the sketch
  private final Map<Integer, Projection> projections = new HashMap<>(); // by d_out

  public Sketcher(final LayerTable table, final ProbeSet probeSet) {
    this.table = table;
    this.probeSet = probeSet;
    this.probes = new NDArray[probeSet.layers().size()];
    this.offsets = new int[probes.length];
    final Map<float[], NDArray> transposed = new IdentityHashMap<>(); // layers may share probes
    int offset = 0;
    for (int i = 0; i < probes.length; i++) {
      final Layer layer = probeSet.layers().get(i);
      indexByName.put(layer.name(), i);
      offsets[i] = offset;
      offset += probeSet.probes() * probeSet.keptWidth(layer);
      probes[i] = transposed.computeIfAbsent(probeSet.vectors().get(i), this::transposed);
      projections.computeIfAbsent(
          layer.outDim(),
          outDim -> new Projection(manager, outDim, probeSet.sketchWidth(), probeSet.probes()));
    }
  }

  /** (P, d_in) -> (d_in, P). */
  private NDArray transposed(final float[] rows) {
    final int p = probeSet.probes();
    try (NDArray array = manager.create(rows, new Shape(p, rows.length / p))) {
      return array.transpose().duplicate();
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
      work.partial.values().forEach(NDArray::close);
    }
  }

  /** The work on one file. */
  private final class File implements AdapterReader.Visitor {
    private final String name;
    private final double[] squares = new double[table.size()];
    private final ByteBuffer halves =
        ByteBuffer.allocate(probeSet.sketchLength() * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final float[] rms = new float[probes.length];
    private final float[] scales = new float[probes.length]; // of responses not yet stored

    /** Responses (d_out, P) of layers that come in parts, until all parts have been seen. */
    private final Map<Integer, NDArray> partial = new HashMap<>();

    File(final String name) {
      this.name = name;
    }

    @Override
    public void visit(
        final Pair pair, final float scale, final TensorData aData, final TensorData bData) {
      if (!pair.inBase()) {
        AdapterReader.requireFinite(name, pair, aData, bData);
        return;
      }
      final Integer index = indexByName.get(pair.layer().name());
      try (NDManager step = manager.newSubManager()) {
        final NDArray a = floatsOfA.of(step, aData); // (R, d_in)
        final NDArray b = floatsOfB.of(step, bData); // (rows, R)
        final double square = ProductNorm.squared(a, b) * scale * scale;
        if (!Double.isFinite(square)) {
          AdapterReader.requireFinite(name, pair, aData, bData);
          throw RejectedException.overflow(name, pair.module());
        }
        squares[table.indexOf(pair.layer())] += square;
        if (index != null) {
          addResponse(pair, scale, index, b.matMul(a.matMul(probes[index])));
        }
      }
    }

    /** A whole layer's response (d_out, P) goes on its way; parts are put together first. */
    private void addResponse(
        final Pair pair, final float scale, final int index, final NDArray response) {
      final int outDim = pair.layer().outDim();
      if (pair.rows() == outDim) {
        response.attach(manager);
        scales[index] = scale;
        projections.get(outDim).add(index, response, this::store);
      } else {
        scales[index] = 1;
        partial
            .computeIfAbsent(index, this::blank)
            .set(new NDIndex("{}:{}", pair.row(), pair.row() + pair.rows()), response.mul(scale));
      }
    }

    private NDArray blank(final int index) {
      return manager.zeros(
          new Shape(probeSet.layers().get(index).outDim(), probeSet.probes()), DataType.FLOAT32);
    }

    void flush() {
      partial.forEach(
          (index, response) ->
              projections.get((int) response.getShape().get(0)).add(index, response, this::store));
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
