package io.loralake.tests.parity;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.model.Checkpoint;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.Tap;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.PromptTokenizer;
import io.loralake.text.T5Config;
import io.loralake.text.T5Encoder;
import io.loralake.text.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;

/** {@code text/}: tokenizers, CLIP and T5. */
final class TextSubject implements ModelSubject {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double CLIP_TOLERANCE = 1e-5;
  private static final double T5_TOLERANCE = 5e-5;
  private static final String IDS = ".input_ids";

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("text");
    tokenizers(folder, report);
    try (NDManager manager = backend.newManager()) {
      clip(folder, manager, report, backend);
      t5(folder, manager, report, backend);
    }
  }

  private static void tokenizers(final Path folder, final Report report) throws IOException {
    final JsonNode cases = JSON.readTree(folder.resolve("tokenizer_cases.json").toFile());
    final Path files = folder.resolve("tokenizers");
    final Path t5File = files.resolve("t5_tokenizer.json");
    final int t5Length = cases.at("/t5/max_length").asInt();
    final int schnellLength = cases.at("/t5/schnell_max_length").asInt();
    try (PromptTokenizer clip = PromptTokenizer.clip(files.resolve("clip_tokenizer.json"));
        PromptTokenizer t5 = PromptTokenizer.t5(t5File, t5Length);
        PromptTokenizer schnell = PromptTokenizer.t5(t5File, schnellLength)) {
      int index = 0;
      for (final JsonNode entry : cases.get("cases")) {
        final String prompt = entry.get("prompt").asText();
        final String name = "tokenizer case " + index++;
        final JsonNode long256 = entry.has("t5_ids_256") ? entry.get("t5_ids_256") : null;
        compareIds(name + " clip", clip.encode(prompt), entry.get("clip_ids"), report);
        compareIds(name + " t5", t5.encode(prompt), entry.get("t5_ids"), report);
        compareIds(
            name + " t5 " + schnellLength,
            schnell.encode(prompt),
            long256 == null ? entry.get("t5_ids") : long256,
            report);
      }
    }
  }

  private static void compareIds(
      final String name, final Tokens tokens, final JsonNode expected, final Report report) {
    final long[] ids = JSON.convertValue(expected, long[].class);
    final long[] actual = Arrays.copyOf(tokens.ids(), tokens.length());
    report.check(
        name,
        Arrays.equals(actual, ids),
        Arrays.equals(actual, ids) ? "exact" : Arrays.toString(actual) + " instead of " + expected);
  }

  private static void clip(
      final Path folder, final NDManager manager, final Report report, final Backend backend)
      throws IOException {
    final ClipConfig config =
        ClipConfig.parse(JSON.readTree(folder.resolve("clip_config.json").toFile()));
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("clip.safetensors"));
        Weights weights =
            ClipTextEncoder.loadWeights(config, checkpoint, manager, backend.precision());
        FixtureFile fixture = new FixtureFile(folder.resolve("clip_case.safetensors"))) {
      final Comparison comparison = new Comparison("clip", fixture, report, backend);
      final Tap tap =
          (name, value) -> {
            if (comparison.has(name)) {
              try {
                comparison.compare(name, value, CLIP_TOLERANCE);
              } catch (final IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          };
      final ClipTextEncoder.Output output =
          new ClipTextEncoder(config, weights)
              .forward(manager, fixture.longRows("input_ids"), Fusion.NONE, tap);
      comparison.compare("last_hidden_state", output.lastHiddenState(), CLIP_TOLERANCE);
      comparison.compare("pooler_output", output.pooled(), CLIP_TOLERANCE);
      comparison.checkNothingLeft("hidden_states.");
    }
  }

  private static void t5(
      final Path folder, final NDManager manager, final Report report, final Backend backend)
      throws IOException {
    final T5Config config =
        T5Config.parse(JSON.readTree(folder.resolve("t5_config.json").toFile()));
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("t5.safetensors"));
        Weights weights = T5Encoder.loadWeights(config, checkpoint, manager, backend.precision());
        FixtureFile fixture = new FixtureFile(folder.resolve("t5_case.safetensors"))) {
      final T5Encoder encoder = new T5Encoder(config, weights);
      final Comparison comparison = new Comparison("t5", fixture, report, backend);
      for (final String name : fixture.names()) {
        if (name.endsWith(IDS)) {
          final String prompt = name.substring(0, name.length() - IDS.length());
          final long[][] ids = fixture.longRows(name);
          final long[][] mask = fixture.longRows(prompt + ".attention_mask");
          comparison.compare(
              prompt + ".last_hidden_state.no_mask",
              encoder.forward(manager, ids, null),
              T5_TOLERANCE);
          comparison.compare(
              prompt + ".last_hidden_state.masked",
              encoder.forward(manager, ids, mask),
              T5_TOLERANCE);
        }
      }
    }
  }
}
