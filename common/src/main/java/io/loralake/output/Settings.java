package io.loralake.output;

import io.loralake.diffusion.PictureRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a picture was made, as the {@code parameters} text chunk that picture tools understand: the
 * prompt, a line for the negative prompt, a line of {@code Key: value} pairs.
 */
public final class Settings {
  /** The chunk's keyword. */
  public static final String KEYWORD = "parameters";

  private Settings() {}

  /**
   * @param more pairs that follow the request's own, for example model and adapters
   */
  public static String of(final PictureRequest request, final Map<String, String> more) {
    final List<String> pairs = new ArrayList<>();
    pairs.add("Steps: " + request.steps());
    pairs.add("Seed: " + request.seed());
    pairs.add("Size: " + request.width() + "x" + request.height());
    pairs.add("Guidance: " + number(request.guidance()));
    if (request.usesTrueGuidance()) {
      pairs.add("CFG scale: " + number(request.trueGuidance()));
    }
    more.forEach((key, value) -> pairs.add(key + ": " + value));
    final String negative =
        request.usesTrueGuidance() ? "\nNegative prompt: " + request.negativePrompt() : "";
    return request.prompt() + negative + "\n" + String.join(", ", pairs);
  }

  private static String number(final double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.valueOf(value);
  }
}
