package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.Conditioning;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.PictureRequest;
import io.loralake.model.Fusion;
import io.loralake.tensor.Precision;
import io.loralake.tests.paint.TinyBase;
import io.loralake.text.PromptEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** T5, CLIP and transformer that do not fit side by side. */
class TurnsTest {
  @TempDir private static Path base;

  private static ModelFolder folder;
  private static List<PictureRequest> batch;

  @BeforeAll
  static void makeBase() throws IOException {
    TinyBase.writeFiles(base);
    folder = ModelFolder.open(base);
    final int side = 4 * folder.granularity();
    batch =
        List.of(
            new PictureRequest("an apple", "", 1, side, side, 2, 3.5, 1),
            new PictureRequest("a red heart", "", 2, side, side, 2, 3.5, 1));
  }

  @Test
  void oneSideIsThereAtATimeAndPicturesAreTheSame() throws IOException {
    final float[] expected;
    try (BaseModel whole = BaseModel.load(folder, Device.cpu(), Precision.F32, cut -> {})) {
      expected = paint(whole);
      assertThat(whole.hasText()).isTrue();
      assertThat(whole.hasTransformer()).isTrue();
    }
    try (BaseModel turning = BaseModel.inTurns(folder, Device.cpu(), Precision.F32, cut -> {})) {
      assertThat(turning.hasText()).isFalse();
      assertThat(turning.hasTransformer()).isFalse();
      assertThat(paint(turning)).isEqualTo(expected);
      assertThat(paint(turning)).isEqualTo(expected);
    }
  }

  /** As a task does; where sides take turns it looks who is there. */
  private static float[] paint(final BaseModel model) {
    final boolean whole = model.hasText();
    try (NDManager run = model.manager().newSubManager()) {
      final Conditioning conditioning;
      try (BaseModel.Turn turn = model.textTurn()) {
        assertThat(model.hasText()).isTrue();
        assertThat(model.hasTransformer()).isEqualTo(whole);
        conditioning = model.pipeline().condition(run, batch, Fusion.NONE);
      }
      try (BaseModel.Turn turn = model.paintingTurn()) {
        return model
            .pipeline()
            .generate(
                run,
                batch,
                conditioning,
                Fusion.NONE,
                (step, steps) -> assertThat(model.hasText()).isEqualTo(whole))
            .toFloatArray();
      }
    }
  }

  @Test
  void whatHasLeftIsFreed() {
    try (BaseModel model = BaseModel.inTurns(folder, Device.cpu(), Precision.F32, cut -> {});
        NDManager run = model.manager().newSubManager()) {
      final PromptEncoder text;
      try (BaseModel.Turn turn = model.textTurn()) {
        text = model.prompts();
        assertThat(text.encode(run, List.of("an apple"), Fusion.NONE).vec().isReleased()).isFalse();
      }
      assertThatThrownBy(() -> text.encode(run, List.of("an apple"), Fusion.NONE))
          .isInstanceOf(IllegalStateException.class);
      final FluxTransformer transformer = model.transformer();
      assertThat(transformer.weights().manager().isOpen()).isTrue();
      try (BaseModel.Turn turn = model.textTurn()) {
        assertThat(transformer.weights().manager().isOpen()).isFalse();
      }
    }
  }

  @Test
  void whatSomeoneUsesStays() {
    try (BaseModel model = BaseModel.inTurns(folder, Device.cpu(), Precision.F32, cut -> {})) {
      try (BaseModel.Turn painting = model.paintingTurn()) {
        try (BaseModel.Turn text = model.textTurn()) {
          assertThat(model.hasTransformer()).isTrue();
          assertThat(model.hasText()).isTrue();
        }
        assertThat(model.hasText()).isFalse();
      }
      try (BaseModel.Turn text = model.textTurn()) {
        assertThat(model.hasTransformer()).isFalse();
      }
    }
  }
}
