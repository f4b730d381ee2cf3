package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Vectors;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Brings adapters and texts to the inputs of the contrastive head's two maps. */
public final class ContrastiveProjection implements Serializable {
  private final SketchLayout layout;
  private final float[] means;
  private final float[] basis;
  private final int components;
  private final float[] textMeans;

  /**
   * @param means (F) of the features
   * @param textMeans (D) of the text vectors
   */
  public ContrastiveProjection(
      final SketchLayout layout,
      final float[] means,
      final PrincipalComponents components,
      final float[] textMeans) {
    this.layout = layout;
    this.means = means;
    this.basis = components.basis();
    this.components = components.components();
    this.textMeans = textMeans;
  }

  /**
   * By principal components of the adapters in all views that training draws from.
   *
   * @param gram as in {@link PrincipalComponents#of}, of the views
   * @param texts mean vectors of the adapters' captions
   */
  public static ContrastiveProjection of(
      final SketchLayout layout,
      final float[] means,
      final UnaryOperator<float[]> gram,
      final List<float[]> texts,
      final ContrastiveOptions options,
      final Consumer<String> log) {
    final LayerViews views = LayerViews.of(layout, options.partial() > 0);
    final int adapters = texts.size();
    final PrincipalComponents components =
        PrincipalComponents.of(
            gram,
            adapters * views.size(),
            adapters * Arrays.stream(views.weights(options.partialWeight())).sum(),
            layout.features(),
            options.components(adapters),
            log);
    return new ContrastiveProjection(layout, means, components, TextSpace.raw(texts).means());
  }

  /** (F). */
  float[] means() {
    return means;
  }

  /** (D). */
  float[] textMeans() {
    return textMeans;
  }

  /** k. */
  int components() {
    return components;
  }

  /** The principal directions (F, k), on a manager. */
  NDArray basis(final NDManager manager) {
    return manager.create(basis, new Shape(basis.length / components, components));
  }

  /** Projects, with the principal directions in native memory. */
  public final class Projector implements AutoCloseable {
    private final SketchFeatures features = new SketchFeatures(layout);
    private final NDManager manager = PyTorch.manager();
    private final NDArray directions = basis(manager);
    private final LayerViews views;

    private Projector(final LayerViews views) {
      this.views = views;
    }

    /**
     * An adapter as training sees it.
     *
     * @param number among all training adapters
     * @param family equal for adapters that are the same update
     * @param texts vectors (D) of its captions
     */
    public ContrastiveRow row(
        final int number,
        final int family,
        final byte[] sketch,
        final List<float[]> texts,
        final double weight) {
      return new ContrastiveRow(number, family, views(sketch), centred(texts), weight);
    }

    private float[][] views(final byte[] sketch) {
      final int length = features.length();
      final float[] all = new float[views.size() * length];
      views.write(sketch, features, means, all, 0);
      try (NDManager scope = manager.newSubManager()) {
        return Vectors.rows(
            scope.create(all, new Shape(views.size(), length)).matMul(directions)); // (V, k)
      }
    }

    private float[][] centred(final List<float[]> texts) {
      final float[][] centred = new float[texts.size()][];
      for (int i = 0; i < centred.length; i++) {
        centred[i] = texts.get(i).clone();
        for (int j = 0; j < centred[i].length; j++) {
          centred[i][j] -= textMeans[j];
        }
      }
      return centred;
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /**
   * For adapters in all views that training draws from.
   *
   * @param partial whether incomplete ones are among them
   */
  public Projector open(final boolean partial) {
    return new Projector(LayerViews.of(layout, partial));
  }
}
