package io.loralake.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeightLoaderTest {
  private static final Layout LAYOUT = new Layout().linear("a", 2, 3);
  private static final float[] MATRIX = {1, 2, 3, 4, 5, 6};
  private static final float[] VECTOR = {7, 8, 9};

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16", "BF16"})
  void readsEveryFloatType(final DType dtype) throws IOException {
    write("w.safetensors", Map.of("a.weight", matrix(dtype), "a.bias", vector()));
    try (NDManager manager = PyTorch.manager();
        Weights weights = load("w.safetensors", WeightNaming.SAME, manager, Precision.F32)) {
      assertThat(weights.get("a.weight").toFloatArray()).containsExactly(MATRIX);
      assertThat(weights.get("a.bias").toFloatArray()).containsExactly(VECTOR);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void readsEightBitTypes(final Precision precision) throws IOException {
    final byte[] e4m3 = {0x38, 0x40, 0x44, 0x48, 0x4A, 0x4C};
    final byte[] e5m2 = {0x47, 0x48, 0x48};
    write(
        "w.safetensors",
        Map.of(
            "a.weight",
            new TensorData(DType.F8_E4M3, new long[] {3, 2}, ByteBuffer.wrap(e4m3)),
            "a.bias",
            new TensorData(DType.F8_E5M2, new long[] {3}, ByteBuffer.wrap(e5m2))));
    try (NDManager manager = PyTorch.manager();
        Weights weights = load("w.safetensors", WeightNaming.SAME, manager, precision)) {
      assertThat(Precision.F32.of(weights.get("a.weight")).toFloatArray()).containsExactly(MATRIX);
      assertThat(Precision.F32.of(weights.get("a.bias")).toFloatArray()).containsExactly(7, 8, 8);
    }
  }

  /** In ComfyUI's two vocabularies; what is meant for products in eight bits is passed over. */
  @ParameterizedTest
  @CsvSource({"scale_weight, scale_input, F32", "weight_scale, input_scale, BF16"})
  void multipliesEightBitWeightsByTheirScale(
      final String scale, final String unused, final Precision precision) throws IOException {
    final byte[] halves = {0x30, 0x38, 0x3C, 0x40, 0x42, 0x44};
    write(
        "w.safetensors",
        Map.of(
            "a.weight",
            new TensorData(DType.F8_E4M3, new long[] {3, 2}, ByteBuffer.wrap(halves)),
            "a." + scale,
            TensorData.ofFloats(new float[] {2}),
            "a." + unused,
            TensorData.ofFloats(new float[] {3}),
            "a.comfy_quant",
            new TensorData(DType.U8, new long[] {2}, ByteBuffer.wrap(new byte[] {'{', '}'})),
            "scaled_fp8",
            new TensorData(DType.F8_E4M3, new long[] {0}, ByteBuffer.allocate(0)),
            "a.bias",
            vector()));
    try (NDManager manager = PyTorch.manager();
        Weights weights = load("w.safetensors", WeightNaming.SAME, manager, precision)) {
      assertThat(Precision.F32.of(weights.get("a.weight")).toFloatArray()).containsExactly(MATRIX);
      assertThat(Precision.F32.of(weights.get("a.bias")).toFloatArray()).containsExactly(VECTOR);
    }
  }

  /** As row-wise and block formats have them. */
  @Test
  void refusesMoreThanOneScale() throws IOException {
    write(
        "w.safetensors",
        Map.of(
            "a.weight", matrix(DType.F32),
            "a.weight_scale", TensorData.ofFloats(VECTOR, 3, 1),
            "a.bias", vector()));
    assertRefused(
        "w.safetensors",
        "'a.weight_scale' is F32 [3, 1]; a weight can have one floating-point number as its scale");
  }

  @Test
  void readsOneOfSeveralModels() throws IOException {
    write(
        "w.safetensors",
        Map.of(
            "one.a.weight", matrix(DType.F32),
            "one.a.bias", vector(),
            "two.a.weight", vector()));
    try (NDManager manager = PyTorch.manager();
        Checkpoint checkpoint = Checkpoint.open(folder.resolve("w.safetensors"));
        Weights weights =
            Weights.load(
                LAYOUT, checkpoint.within("one."), WeightNaming.SAME, manager, Precision.F32)) {
      assertThat(weights.get("a.weight").toFloatArray()).containsExactly(MATRIX);
      assertThat(checkpoint.within("three.")).isSameAs(checkpoint);
    }
  }

  @Test
  void narrowsToBf16OnTheDevice() throws IOException {
    write("w.safetensors", Map.of("a.weight", matrix(DType.F32), "a.bias", vector()));
    try (NDManager manager = PyTorch.manager();
        Weights weights = load("w.safetensors", WeightNaming.SAME, manager, Precision.BF16)) {
      assertThat(Precision.F32.of(weights.get("a.weight")).toFloatArray()).containsExactly(MATRIX);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatIsSavedCanBeLoaded(final Precision precision) throws IOException {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(LAYOUT, manager, precision, 1)) {
      weights.save(folder.resolve("w.safetensors"), DType.F32, Map.of("step", "7"));
      try (Weights read = load("w.safetensors", WeightNaming.SAME, manager, precision)) {
        assertThat(Precision.F32.of(read.get("a.weight")).toFloatArray())
            .containsExactly(Precision.F32.of(weights.get("a.weight")).toFloatArray());
      }
    }
  }

  @Test
  void joinsPiecesAndSwapsHalves() throws IOException {
    write(
        "w.safetensors",
        Map.of(
            "top", TensorData.ofFloats(new float[] {1, 2}, 1, 2),
            "rest", TensorData.ofFloats(new float[] {3, 4, 5, 6}, 2, 2),
            "swapped", TensorData.ofFloats(new float[] {3, 4, 1, 2}, 4)));
    final Layout layout = new Layout().add("a", 3, 2).add("b", 4);
    final WeightNaming naming =
        name ->
            name.equals("a")
                ? List.of(Piece.whole("top"), Piece.whole("rest"))
                : Piece.halvesSwapped("swapped");
    try (NDManager manager = PyTorch.manager();
        Checkpoint checkpoint = Checkpoint.open(folder.resolve("w.safetensors"));
        Weights weights = Weights.load(layout, checkpoint, naming, manager, Precision.F32)) {
      assertThat(weights.get("a").toFloatArray()).containsExactly(MATRIX);
      assertThat(weights.get("b").toFloatArray()).containsExactly(1, 2, 3, 4);
    }
  }

  @Test
  void readsShardsThroughTheirIndex() throws IOException {
    write("model-1.safetensors", Map.of("a.weight", matrix(DType.F32)));
    write("model-2.safetensors", Map.of("a.bias", vector()));
    index("{\"a.weight\":\"model-1.safetensors\",\"a.bias\":\"model-2.safetensors\"}");
    try (NDManager manager = PyTorch.manager();
        Weights weights = load("", WeightNaming.SAME, manager, Precision.F32)) {
      assertThat(weights.get("a.bias").toFloatArray()).containsExactly(VECTOR);
    }
  }

  @Test
  void refusesAnIndexThatTheShardsContradict() throws IOException {
    write("model-1.safetensors", Map.of("a.weight", matrix(DType.F32)));
    index("{\"a.weight\":\"model-1.safetensors\",\"a.bias\":\"model-1.safetensors\"}");
    assertRefused("", "'a.bias' is not in model-1.safetensors");
    index("{\"a.weight\":\"model-3.safetensors\"}");
    assertRefused("", "shard 'model-3.safetensors' is not there");
  }

  @Test
  void namesWhatIsMissing() throws IOException {
    write("w.safetensors", Map.of("a.weight", matrix(DType.F32)));
    assertRefused("w.safetensors", "lacks 'a.bias'");
  }

  @Test
  void namesWhatIsSuperfluous() throws IOException {
    write(
        "w.safetensors",
        Map.of("a.weight", matrix(DType.F32), "a.bias", vector(), "b.bias", vector()));
    assertRefused("w.safetensors", "'b.bias'");
  }

  @Test
  void namesWhatIsMisshapen() throws IOException {
    write(
        "w.safetensors", Map.of("a.weight", TensorData.ofFloats(MATRIX, 2, 3), "a.bias", vector()));
    assertRefused("w.safetensors", "'a.weight' should be (3, 2), found [F32 [2, 3]]");
  }

  @Test
  void numbersMustLieAsTheModelHasThem() throws IOException {
    for (final long[] shape : new long[][] {{6}, {3, 1, 2}, {3, 2, 1}, {1, 3, 2}, {6, 1}}) {
      write(
          "w.safetensors",
          Map.of("a.weight", TensorData.ofFloats(MATRIX, shape), "a.bias", vector()));
      assertRefused("w.safetensors", "'a.weight' should be (3, 2), found");
    }
    write(
        "w.safetensors",
        Map.of("a.weight", matrix(DType.F32), "a.bias", TensorData.ofFloats(new float[] {7})));
    assertRefused("w.safetensors", "'a.bias' should be (3), found");
  }

  /** As attention of 1 x 1 convolutions is stored by diffusers. */
  @Test
  void trailingDimensionsOfOneMayBeAbsent() throws IOException {
    write("w.safetensors", Map.of("a", matrix(DType.F32)));
    final Layout layout = new Layout().add("a", 3, 2, 1, 1);
    try (NDManager manager = PyTorch.manager();
        Checkpoint checkpoint = Checkpoint.open(folder.resolve("w.safetensors"));
        Weights weights =
            Weights.load(layout, checkpoint, WeightNaming.SAME, manager, Precision.F32)) {
      assertThat(weights.get("a").getShape()).isEqualTo(new Shape(3, 2, 1, 1));
      assertThat(weights.get("a").toFloatArray()).containsExactly(MATRIX);
    }
  }

  @Test
  void whatHasNoHalvesIsNotSwapped() throws IOException {
    write("w.safetensors", Map.of("swapped", vector()));
    final Layout layout = new Layout().add("b", 3);
    try (NDManager manager = PyTorch.manager();
        Checkpoint checkpoint = Checkpoint.open(folder.resolve("w.safetensors"))) {
      assertThatThrownBy(
              () ->
                  Weights.load(
                      layout,
                      checkpoint,
                      name -> Piece.halvesSwapped("swapped"),
                      manager,
                      Precision.F32))
          .isInstanceOf(InvalidCheckpointException.class)
          .hasMessageContaining("'swapped' should be (3), found [F32 [3], F32 [3]] for 'b'");
    }
  }

  @Test
  void threeOfManyNamesAreShown() throws IOException {
    write(
        "w.safetensors",
        Map.of(
            "a.weight", matrix(DType.F32),
            "a.bias", vector(),
            "b", vector(),
            "c", vector(),
            "d", vector(),
            "e", vector(),
            "f", vector()));
    assertRefused("w.safetensors", "' and 2 more");
  }

  @Test
  void refusesIntegers() throws IOException {
    write(
        "w.safetensors",
        Map.of("a.weight", matrix(DType.F32), "a.bias", TensorData.ofLongs(new long[3], 3)));
    assertRefused("w.safetensors", "'a.bias' is stored as I64");
  }

  private void assertRefused(final String file, final String message) {
    try (NDManager manager = PyTorch.manager()) {
      assertThatThrownBy(() -> load(file, WeightNaming.SAME, manager, Precision.F32))
          .isInstanceOf(InvalidCheckpointException.class)
          .hasMessageContaining(message);
    }
  }

  private Weights load(
      final String file,
      final WeightNaming naming,
      final NDManager manager,
      final Precision precision)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(file))) {
      return Weights.load(LAYOUT, checkpoint, naming, manager, precision);
    }
  }

  private void write(final String file, final Map<String, TensorData> tensors) throws IOException {
    SafetensorsWriter.write(folder.resolve(file), tensors, Map.of());
  }

  private void index(final String weightMap) throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\":" + weightMap + "}");
  }

  private static TensorData matrix(final DType dtype) {
    return TensorData.ofFloats(dtype, MATRIX, 3, 2);
  }

  private static TensorData vector() {
    return TensorData.ofFloats(VECTOR, 3);
  }
}
