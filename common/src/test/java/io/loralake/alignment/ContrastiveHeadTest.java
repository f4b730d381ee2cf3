package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint serves the data that it was made of, and no other. */
class ContrastiveHeadTest {
  private static final SketchLayout LAYOUT =
      new SketchLayout(
          "test",
          1,
          List.of("double_blocks.0.img_attn.qkv", "single_blocks.0.linear1"),
          List.of(6, 5));
  private static final int WIDTH = 4;
  private static final ContrastiveOptions OPTIONS =
      new ContrastiveOptions(8, 8, 4, 1, 0.01, 0.05, 0.1, 0, 0.07, false, 2, 0, 2, 3);

  @TempDir private Path folder;

  private final Random random = new Random(4);
  private final List<TrainingAdapter> adapters = adapters("a", 10);
  private final List<TrainingAdapter> validation = adapters("v", 3);

  private List<TrainingAdapter> adapters(final String prefix, final int count) {
    final List<TrainingAdapter> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final ByteBuffer sketch =
          ByteBuffer.allocate(2 * LAYOUT.length()).order(ByteOrder.LITTLE_ENDIAN);
      while (sketch.hasRemaining()) {
        sketch.putShort(Half.fromFloat((float) random.nextGaussian()));
      }
      final String id = prefix + i;
      made.add(made(id, id, sketch.array(), List.of(text(), text()), 1));
    }
    return made;
  }

  private static TrainingAdapter made(
      final String id,
      final String family,
      final byte[] sketch,
      final List<float[]> texts,
      final double weight) {
    return new TrainingAdapter(id, family, family, sketch, texts, weight);
  }

  private float[] text() {
    final float[] text = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      text[i] = (float) random.nextGaussian();
    }
    return text;
  }

  private String train(final List<TrainingAdapter> training, final List<TrainingAdapter> held)
      throws IOException {
    return new ContrastiveHead(LAYOUT, "texts", OPTIONS, folder, line -> {})
        .train(training, held)
        .card()
        .id();
  }

  @Test
  void onlyTheSameAdaptersCaptionsAndJudgesGoOn() throws IOException {
    final String encoder = train(adapters, validation);
    assertThat(train(adapters, validation)).isEqualTo(encoder);

    final TrainingAdapter one = adapters.get(0);
    assertRefused(with(made(one.id(), one.family(), one.sketch(), one.texts(), 2)), validation);
    assertRefused(with(made(one.id(), "a1", one.sketch(), one.texts(), 1)), validation);
    assertRefused(with(made(one.id(), one.family(), one.sketch(), List.of(text()), 1)), validation);
    assertRefused(adapters, adapters("w", 3));
    assertRefused(adapters, List.of());
  }

  @Test
  void trainingFindsEachAdapterByItsCaptions() throws IOException {
    final ContrastiveOptions many =
        new ContrastiveOptions(8, 8, 80, 1, 0.05, 0, 0, 0, 0.07, false, 40, 0, 80, 3);
    final List<TrainingAdapter> alike = new ArrayList<>();
    for (final TrainingAdapter it : adapters) {
      final List<float[]> caption = List.of(it.texts().get(0));
      alike.add(made(it.id(), it.family(), it.sketch(), caption, 1));
    }
    new ContrastiveHead(LAYOUT, "texts", many, folder, line -> {}).train(alike, validation);
    final List<String> curve = Files.readAllLines(folder.resolve("curve.jsonl"));
    final JsonNode last = new ObjectMapper().readTree(curve.get(curve.size() - 1));
    assertThat(last.get("step").asInt()).isEqualTo(80);
    assertThat(last.get("training_recall_1").asDouble()).isGreaterThan(0.8);
    assertThat(last.get("validation_recall_10").asDouble()).isBetween(0.0, 1.0);
    assertThat(last.get("validation_mrr").asDouble()).isBetween(1 / 13.0, 1.0);
  }

  private List<TrainingAdapter> with(final TrainingAdapter first) {
    final List<TrainingAdapter> others = new ArrayList<>(adapters);
    others.set(0, first);
    return others;
  }

  private void assertRefused(
      final List<TrainingAdapter> training, final List<TrainingAdapter> held) {
    assertThatThrownBy(() -> train(training, held))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is the checkpoint of another run");
  }
}
