package io.loralake.jobs.generate.paint;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.Conditioning;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.HeldModel;
import java.io.Serializable;
import java.util.List;

/**
 * What a batch was measured to take.
 *
 * @param step seconds of an Euler step
 * @param rest seconds of everything else: adapters, text models, decoder
 * @param cost of a step of the batch that was measured, as {@link Plan.Picture#cost}
 */
public record StepTime(double step, double rest, double cost, int pictures)
    implements Serializable {
  private static final int FEW = 1;
  private static final int MORE = 3;

  /**
   * Measures a batch with few steps and with more, once warm. Pictures whose adapters are missing
   * are measured without.
   */
  public static StepTime measure(
      final Painter painter, final HeldModel held, final Plan.Batch batch) {
    seconds(painter, held, batch, FEW);
    final double few = seconds(painter, held, batch, FEW);
    final double more = seconds(painter, held, batch, MORE);
    final double step = Math.max(0, more - few) / (MORE - FEW);
    final double cost = batch.cost() / batch.first().steps();
    return new StepTime(step, Math.max(0, few - FEW * step), cost, batch.pictures().size());
  }

  private static double seconds(
      final Painter painter, final HeldModel held, final Plan.Batch batch, final int steps) {
    final List<Painter.Sample> samples =
        batch.pictures().stream()
            .map(
                picture ->
                    new Painter.Sample(
                        picture.request(steps),
                        AdapterChoice.of(picture, held.cache(), false).adapters().stream()
                            .map(each -> new Painter.Term(each.adapterId(), each.scale(), null))
                            .toList(),
                        null))
            .toList();
    final long start = System.nanoTime();
    try (NDManager run = held.model().manager().newSubManager()) {
      final Conditioning conditioning;
      try (BaseModel.Turn turn = held.model().textTurn()) {
        conditioning = painter.condition(run, samples);
      }
      try (BaseModel.Turn turn = held.model().paintingTurn()) {
        painter.paint(run, samples, conditioning);
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** Seconds that a batch will take, by its cost. */
  public double of(final Plan.Batch batch) {
    return step * batch.cost() / cost + rest * batch.pictures().size() / pictures;
  }
}
