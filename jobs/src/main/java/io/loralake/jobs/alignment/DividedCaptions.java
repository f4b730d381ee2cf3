package io.loralake.jobs.alignment;

import java.util.List;
import java.util.Set;

/** Captions of the adapters to learn from, and of those that judge; groups stay together. */
record DividedCaptions(List<Captions> training, List<Captions> validation) {
  private static final int LEAST = 8;

  static DividedCaptions of(final List<Captions> captions, final TrainingOptions options) {
    final long seed = options.contrastive().seed();
    return new DividedCaptions(
        captions.stream()
            .filter(it -> !Split.held(it.group(), options.validation(), seed))
            .toList(),
        captions.stream()
            .filter(it -> Split.held(it.group(), options.validation(), seed))
            .toList());
  }

  /**
   * @param heldOut adapters that were kept from both
   * @param refused lines that name no adapter, or are broken
   * @throws IllegalArgumentException when there is too little to learn from, or nothing that tells
   *     adapters apart
   */
  void requireEnough(final int heldOut, final List<String> refused) {
    if (training.size() < LEAST) {
      throw new IllegalArgumentException(
          "Too few adapters with captions to learn from: %d, at least %d are needed, copies of one counted once (%s%s%d lines refused%s)"
              .formatted(
                  training.size(),
                  LEAST,
                  validation.isEmpty()
                      ? ""
                      : "kept for validation: %d, with --validation 0 none; "
                          .formatted(validation.size()),
                  heldOut == 0 ? "" : "held out: %d; ".formatted(heldOut),
                  refused.size(),
                  refused.isEmpty() ? "" : ", the first: " + refused.get(0)));
    }
    if (training.stream().map(it -> Set.copyOf(it.texts())).distinct().count() < 2) {
      throw new IllegalArgumentException(
          "All %d adapters have the same captions, '%s': nothing tells them apart"
              .formatted(training.size(), training.get(0).texts().get(0)));
    }
  }
}
