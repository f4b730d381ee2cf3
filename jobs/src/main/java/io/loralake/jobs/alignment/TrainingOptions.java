package io.loralake.jobs.alignment;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.encoder.SketchLayout;
import io.loralake.training.OptionText;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What a training of an encoder is asked to do.
 *
 * @param catalog path of the catalog
 * @param captions JSON lines or table; empty: what the catalog knows
 * @param holdOut JSON lines naming adapters that are left out of everything; empty: none
 * @param head {@code ridge}, {@code contrastive} or {@code auto}
 * @param text name of the text encoder
 * @param validation share of groups that are held out to judge the training
 * @param folds parts of the training adapters that are embedded by a head that has not seen them;
 *     0: no such embeddings (ridge has them for nothing)
 * @param shards parts that the adapters of contrastive training are spread over; 0: all in the
 *     driver
 * @param driverUpTo most adapters whose sketches the driver holds; empty: as the head has it
 * @param work folder of this machine for checkpoints; empty: a temporary one, nothing resumes
 * @param out folder for a copy of encoder and report; empty: none
 */
public record TrainingOptions(
    String catalog,
    Optional<String> captions,
    Optional<String> holdOut,
    String head,
    String text,
    double validation,
    int folds,
    int shards,
    OptionalInt driverUpTo,
    Optional<Path> work,
    Optional<Path> out,
    RidgeTraining.Options ridge,
    ContrastiveOptions contrastive) {

  public static final String AUTO = "auto";

  /** Its dual has a row for each adapter and each view of it. */
  static final int RIDGE_IN_DRIVER = 1000;

  static final int CONTRASTIVE_IN_DRIVER = 5000;
  private static final int SAMPLE = 1000;

  /** Bytes of sketches that a driver of usual size holds beside all else. */
  private static final int SKETCHES_IN_DRIVER = 512 << 20;

  /** Most adapters of a catalog that the driver holds for a head. */
  int driverUpTo(final String chosen, final SketchLayout layout) {
    return chosen.equals(RidgeTraining.HEAD)
        ? Math.min(
            driverUpTo.orElse(Math.min(RIDGE_IN_DRIVER, sketches(layout))),
            RidgeTraining.most(layout, ridge))
        : driverUpTo.orElse(Math.min(CONTRASTIVE_IN_DRIVER, sketches(layout)));
  }

  /** How many of the adapters settle lambda, and judge a head, where the driver cannot hold all. */
  int sample(final String chosen, final SketchLayout layout) {
    final int sample = Math.min(SAMPLE, sketches(layout));
    return chosen.equals(RidgeTraining.HEAD)
        ? Math.min(sample, RidgeTraining.most(layout, ridge))
        : sample;
  }

  private static int sketches(final SketchLayout layout) {
    return SKETCHES_IN_DRIVER / (layout.length() * Short.BYTES);
  }

  /** For the {@code runs} row. */
  Map<String, String> asMap() {
    final Map<String, String> map = new TreeMap<>();
    map.put("catalog", catalog);
    captions.ifPresent(value -> map.put("captions", value));
    holdOut.ifPresent(value -> map.put("hold-out", value));
    map.put("head", head);
    map.put("text", text);
    map.put("validation", String.valueOf(validation));
    map.put("folds", String.valueOf(folds));
    map.put("shards", String.valueOf(shards));
    driverUpTo.ifPresent(value -> map.put("driver-up-to", String.valueOf(value)));
    map.put("ridge", OptionText.of(ridge));
    map.put("contrastive", OptionText.of(contrastive));
    return map;
  }
}
