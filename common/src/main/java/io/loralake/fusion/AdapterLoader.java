package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterReader;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.Pair;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Floats;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings adapter files to a device, factor by factor: nothing of a file stays in the Java heap, and
 * what a file trains apart stays apart. Layers of the CLIP text encoder come along, under their
 * module names. An instance serves one thread.
 */
public final class AdapterLoader {
  private final LayerTable table;
  private final Precision precision;
  private final AdapterReader reader = new AdapterReader();
  private final Floats floatsOfA = new Floats();
  private final Floats floatsOfB = new Floats();

  public AdapterLoader(final LayerTable table, final Precision precision) {
    this.table = table;
    this.precision = precision;
  }

  /**
   * Loads a file that is known under {@code id}; its hash is not computed again.
   *
   * @param parent its device is where the factors go
   * @throws io.loralake.rejection.RejectedException when the file cannot be used
   */
  public LoadedAdapter load(final String id, final SafetensorsFile file, final NDManager parent)
      throws IOException {
    final String name = file.source().name();
    final AdapterLayout layout = LayoutParser.parse(name, file.header(), table);
    final Map<String, FactorsBuilder> layers = new LinkedHashMap<>();
    final NDManager manager = parent.newSubManager();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      reader.visit(
          file,
          layout,
          (pair, scale, a, b) -> {
            if (isUsed(pair)) {
              try (NDArray down = floatsOfA.of(manager, a); // (R, d_in)
                  NDArray up = floatsOfB.of(manager, b)) { // (rows, R)
                if (!Float.isFinite(down.sum().getFloat() + up.sum().getFloat())) {
                  AdapterReader.requireFinite(name, pair, a, b);
                }
                layers
                    .computeIfAbsent(pair.layer().name(), layer -> new FactorsBuilder())
                    .add(pair, precision.copy(down), scaled(up, scale));
              }
            }
          });
      final Map<String, Factors> factors = new LinkedHashMap<>();
      layers.forEach((layer, builder) -> factors.put(layer, builder.build()));
      return new LoadedAdapter(id, manager, precision, factors);
    } catch (final IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static boolean isUsed(final Pair pair) {
    return pair.inBase() || pair.layer().group().equals("clip_l");
  }

  private NDArray scaled(final NDArray up, final float scale) {
    return scale == 1 ? precision.copy(up) : precision.of(TorchOps.scaled(up, scale));
  }

  /** Collects the pairs of one layer. */
  private static final class FactorsBuilder {
    private final NDList a = new NDList();
    private final NDList b = new NDList();
    private final List<Block> blocks = new ArrayList<>();
    private int rank;
    private int outDim;

    void add(final Pair pair, final NDArray down, final NDArray up) {
      a.add(down);
      b.add(up);
      blocks.add(new Block(pair.row(), pair.rows(), rank, pair.rank()));
      rank += pair.rank();
      outDim = pair.layer().outDim();
    }

    Factors build() {
      final List<Factors.Part> parts = new ArrayList<>();
      for (int i = 0; i < blocks.size(); i++) {
        NDScope.unregister(b.get(i));
        parts.add(new Factors.Part(blocks.get(i), b.get(i)));
      }
      final NDArray joined = Factors.join(a, 0);
      NDScope.unregister(joined);
      return new Factors(outDim, joined, parts);
    }
  }
}
