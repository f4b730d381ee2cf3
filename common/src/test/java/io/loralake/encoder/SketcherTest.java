package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.LayoutParser;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.Widening;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sketch depends on B A alone. Files for the lab's model. */
class SketcherTest {
  private static final FluxConfig LAB = FluxConfig.load("lab");
  private static final int D = LAB.hiddenSize();
  private static final int RANK = 3;
  private static final LayerTable TABLE = LayerTable.of(LAB);

  private static Sketcher sketcher;
  private static ProbeSet probes;

  @TempDir private Path directory;

  private final Random random = new Random(11);
  private final float[] a = normal(RANK * D); // (R, D)
  private final float[] b = normal(3 * D * RANK); // (3D, R)

  @BeforeAll
  static void open() {
    probes = ProbeSet.gaussian(TABLE);
    sketcher = new Sketcher(TABLE, probes);
  }

  @AfterAll
  static void close() {
    sketcher.close();
  }

  private float[] normal(final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] times(final float factor, final float[] values) {
    final float[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return scaled;
  }

  private SketchedAdapter sketch(final Map<String, TensorData> tensors) throws IOException {
    return sketch(sketcher, tensors);
  }

  private SketchedAdapter sketch(final Sketcher maker, final Map<String, TensorData> tensors)
      throws IOException {
    final Path path = directory.resolve("adapter.safetensors");
    SafetensorsWriter.write(path, tensors, Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return maker.sketch(file, LayoutParser.parse("adapter", file.header(), TABLE));
    }
  }

  private static Map<String, TensorData> qkv(final int rank, final float[] a, final float[] b) {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", TensorData.ofFloats(a, rank, D));
    tensors.put(
        "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight",
        TensorData.ofFloats(b, 3 * D, rank));
    return tensors;
  }

  private static float[] values(final Sketch sketch) {
    return Widening.toFloats(DType.F16, ByteBuffer.wrap(sketch.halves()));
  }

  private static void assertSame(final SketchedAdapter actual, final SketchedAdapter expected) {
    assertThat(largestDifference(actual.sketch(), expected.sketch())).isLessThan(4e-3);
    for (int i = 0; i < expected.norms().length; i++) {
      assertThat(actual.norms()[i])
          .isCloseTo(expected.norms()[i], within(1e-4f * (1 + expected.norms()[i])));
    }
    assertThat(actual.sketch().rms()).containsExactly(expected.sketch().rms(), within(1e-2f));
  }

  /**
   * In a loop: of unequal arrays as long as these AssertJ looks for a shortest diff, for minutes.
   */
  private static double largestDifference(final Sketch actual, final Sketch expected) {
    final float[] left = values(actual);
    final float[] right = values(expected);
    assertThat(left).hasSameSizeAs(right);
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      largest = Math.max(largest, Math.abs(left[i] - right[i]));
    }
    return largest;
  }

  @Test
  void anotherFactorisationIsTheSame() throws IOException {
    final float[] swappedA = a.clone(); // rows 0 and 1 exchanged and scaled: G^-1 A
    final float[] swappedB = b.clone(); // the same columns: B G
    for (int j = 0; j < D; j++) {
      swappedA[j] = 4 * a[D + j];
      swappedA[D + j] = 0.5f * a[j];
    }
    for (int i = 0; i < 3 * D; i++) {
      swappedB[i * RANK] = b[i * RANK + 1] / 4;
      swappedB[i * RANK + 1] = b[i * RANK] * 2;
    }
    assertSame(sketch(qkv(RANK, swappedA, swappedB)), sketch(qkv(RANK, a, b)));
  }

  /** As in the difference of two adapters, one after the other in one file. */
  @Test
  void whatFactorsCancelCountsForNothing() throws IOException {
    final float[] twiceA = Arrays.copyOf(times(128, a), 2 * a.length); // A below A
    System.arraycopy(twiceA, 0, twiceA, a.length, a.length);
    final float[] lessB = new float[2 * b.length]; // B, and what takes all but 1 / 512 of it away
    final float[] rest = new float[b.length];
    for (int i = 0; i < b.length; i++) {
      final int row = i / RANK * 2 * RANK;
      final float other = -128 * b[i] + normal(1)[0] / 4;
      lessB[row + i % RANK] = 128 * b[i];
      lessB[row + RANK + i % RANK] = other;
      rest[i] = 128 * (128 * b[i] + other);
    }
    final SketchedAdapter expected = sketch(qkv(RANK, a, rest));
    assertThat(sketch(qkv(2 * RANK, twiceA, lessB)).strength())
        .isCloseTo(expected.strength(), withinPercentage(0.1));
  }

  @Test
  void paddedRanksAreTheSame() throws IOException {
    final int padded = RANK + 2;
    final float[] wideA = new float[padded * D];
    System.arraycopy(a, 0, wideA, 0, a.length);
    System.arraycopy(normal(2 * D), 0, wideA, a.length, 2 * D); // meets zero columns of B
    final float[] wideB = new float[3 * D * padded];
    for (int i = 0; i < 3 * D; i++) {
      System.arraycopy(b, i * RANK, wideB, i * padded, RANK);
    }
    assertSame(sketch(qkv(padded, wideA, wideB)), sketch(qkv(RANK, a, b)));
  }

  @Test
  void anotherNamingInThreePartsIsTheSame() throws IOException {
    final Map<String, TensorData> parts = new LinkedHashMap<>();
    for (int part = 0; part < 3; part++) {
      final String module = "transformer.transformer_blocks.0.attn.to_" + "qkv".charAt(part);
      final float[] rows = new float[D * RANK];
      System.arraycopy(b, part * D * RANK, rows, 0, rows.length);
      parts.put(module + ".lora_A.weight", TensorData.ofFloats(a, RANK, D));
      parts.put(module + ".lora_B.weight", TensorData.ofFloats(rows, D, RANK));
    }
    assertSame(sketch(parts), sketch(qkv(RANK, a, b)));
  }

  @Test
  void scaleIsInRmsAndNormAlone() throws IOException {
    final SketchedAdapter one = sketch(qkv(RANK, a, b));
    final SketchedAdapter eight = sketch(qkv(RANK, a, times(8, b)));
    assertThat(eight.sketch().halves()).isEqualTo(one.sketch().halves());
    assertThat(eight.strength()).isCloseTo(8 * one.strength(), within(1e-3));
    assertThat(eight.sketch().rms()[0]).isCloseTo(8 * one.sketch().rms()[0], within(1e-3f));
    assertThat(eight.id()).isNotEqualTo(one.id());
  }

  @ParameterizedTest
  @ValueSource(floats = {1.5f, -1.5f})
  void alphaScales(final float scale) throws IOException {
    final Map<String, TensorData> tensors = qkv(RANK, a, b);
    tensors.put(
        "lora_unet_double_blocks_0_img_attn_qkv.alpha",
        TensorData.ofFloats(new float[] {scale * RANK}));
    assertSame(sketch(tensors), sketch(qkv(RANK, a, times(scale, b))));
  }

  @Test
  void eachPartHasItsOwnAlpha() throws IOException {
    final float[] scales = {2, 1, -0.5f};
    final Map<String, TensorData> parts = new LinkedHashMap<>();
    final float[] scaled = b.clone();
    for (int part = 0; part < 3; part++) {
      final String module = "transformer.transformer_blocks.0.attn.to_" + "qkv".charAt(part);
      final float[] rows = Arrays.copyOfRange(b, part * D * RANK, (part + 1) * D * RANK);
      parts.put(module + ".lora_A.weight", TensorData.ofFloats(a, RANK, D));
      parts.put(module + ".lora_B.weight", TensorData.ofFloats(rows, D, RANK));
      parts.put(module + ".alpha", TensorData.ofFloats(new float[] {scales[part] * RANK}));
      System.arraycopy(times(scales[part], rows), 0, scaled, part * D * RANK, rows.length);
    }
    assertSame(sketch(parts), sketch(qkv(RANK, a, scaled)));
  }

  private ProbeSet probes(final Map<String, TensorData> vectors) throws IOException {
    final Path path = directory.resolve("probes.safetensors");
    SafetensorsWriter.write(path, vectors, Map.of());
    return ProbeSet.load(path, TABLE);
  }

  /** In plain loops, probe A^T B^T for each probe of a layer that is not the first. */
  @Test
  void aSketchIsTheResponsesToItsLayersProbes() throws IOException {
    final float[] first = normal(2 * D);
    final float[] mine = normal(2 * D);
    final ProbeSet two =
        probes(
            Map.of(
                "double_blocks.0.img_attn.qkv", TensorData.ofFloats(first, 2, D),
                "double_blocks.0.img_attn.proj", TensorData.ofFloats(mine, 2, D)));
    final float[] up = Arrays.copyOf(b, D * RANK);
    final String module = "lora_unet_double_blocks_0_img_attn_proj";
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(module + ".lora_down.weight", TensorData.ofFloats(a, RANK, D));
    tensors.put(module + ".lora_up.weight", TensorData.ofFloats(up, D, RANK));
    tensors.put(module + ".alpha", TensorData.ofFloats(new float[] {0.5f * RANK}));

    final double[] responses = new double[2 * D];
    double squares = 0;
    for (int p = 0; p < 2; p++) {
      for (int r = 0; r < RANK; r++) {
        double inner = 0;
        for (int j = 0; j < D; j++) {
          inner += (double) a[r * D + j] * mine[p * D + j];
        }
        for (int i = 0; i < D; i++) {
          responses[p * D + i] += 0.5 * up[i * RANK + r] * inner;
        }
      }
    }
    for (final double response : responses) {
      squares += response * response;
    }
    final double rms = Math.sqrt(squares / (2 * D));

    try (Sketcher other = new Sketcher(TABLE, two)) {
      final Sketch sketch = sketch(other, tensors).sketch();
      assertThat(sketch.rms()).containsExactly(new float[] {0, (float) rms}, within(1e-3f));
      final float[] values = values(sketch);
      assertThat(values).hasSize(2 * 3 * D + 2 * D).startsWith(new float[2 * 3 * D]);
      for (int i = 0; i < 2 * D; i++) {
        assertThat((double) values[2 * 3 * D + i]).isCloseTo(responses[i] / rms, within(4e-3));
      }
    }
  }

  /** Responses of 16,384 probes to each part: a refused file that left them would hold 38 MB. */
  @Test
  void aRefusedFileHoldsNoMemory() throws IOException {
    final int p = 16_384;
    final ProbeSet many =
        probes(Map.of("double_blocks.0.img_attn.qkv", TensorData.ofFloats(normal(p * D), p, D)));
    final String block = "transformer.transformer_blocks.0.attn.";
    final float[] up = Arrays.copyOf(b, D * RANK);
    final float[] withNan = up.clone();
    withNan[7] = Float.NaN;
    final Map<String, TensorData> parts = new LinkedHashMap<>();
    for (final String module : List.of("to_k", "to_out.0")) {
      parts.put(block + module + ".lora_A.weight", TensorData.ofFloats(a, RANK, D));
      parts.put(
          block + module + ".lora_B.weight",
          TensorData.ofFloats(module.equals("to_k") ? up : withNan, D, RANK));
    }
    try (Sketcher other = new Sketcher(TABLE, many)) {
      final long[] after = new long[10];
      for (int file = 0; file < after.length; file++) {
        assertThatThrownBy(() -> sketch(other, parts)).hasMessageContaining("NaN at element 7");
        after[file] = residentBytes();
      }
      assertThat(after[9] - after[1]).isLessThan(100L << 20);
    }
  }

  private static long residentBytes() throws IOException {
    System.gc();
    return 4096 * Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  @Test
  void anUpdateThatOverflowsIsRefused() {
    final float[] down = new float[a.length];
    final float[] up = new float[b.length];
    Arrays.fill(down, 1e19f);
    Arrays.fill(up, 1e19f);
    assertThatThrownBy(() -> sketch(qkv(RANK, down, up)))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NON_FINITE))
        .hasMessageEndingWith(
            "the update of 'lora_unet_double_blocks_0_img_attn_qkv' overflows float32");
  }

  @Test
  void absentLayersAreZero() throws IOException {
    final SketchedAdapter sketched = sketch(qkv(RANK, a, b));
    final float[] rms = sketched.sketch().rms();
    assertThat(rms[0]).isPositive();
    assertThat(Arrays.copyOfRange(rms, 1, rms.length)).containsOnly(0);
    final float[] values = values(sketched.sketch());
    final int mine = probes.probes() * probes.keptWidth(probes.layers().get(0));
    for (int i = 0; i < values.length; i++) {
      if (i >= mine) {
        assertThat(values[i]).isZero();
      }
    }
    assertThat(values).hasSize(probes.sketchLength());
  }

  @Test
  void strengthIsTheNormOfTheProduct() throws IOException {
    double squares = 0;
    for (int i = 0; i < 3 * D; i++) {
      for (int j = 0; j < D; j++) {
        double sum = 0;
        for (int r = 0; r < RANK; r++) {
          sum += (double) b[i * RANK + r] * a[r * D + j];
        }
        squares += sum * sum;
      }
    }
    final SketchedAdapter sketched = sketch(qkv(RANK, a, b));
    assertThat(sketched.strength()).isCloseTo(Math.sqrt(squares), within(1e-2));
    assertThat(sketched.norms()[0]).isCloseTo((float) Math.sqrt(squares), within(1e-2f));
  }

  @Test
  void aRefusedFileLeavesNoTrace() throws IOException {
    final SketchedAdapter before = sketch(qkv(RANK, a, b));
    final float[] withNan = b.clone();
    withNan[100] = Float.NaN;
    assertThatThrownBy(() -> sketch(qkv(RANK, a, withNan)))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NON_FINITE))
        .hasMessageContaining("element 100");
    assertThatThrownBy(() -> sketch(qkv(RANK, a, new float[b.length])))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.EMPTY_UPDATE));
    assertSame(sketch(qkv(RANK, a, b)), before);
  }

  @Test
  void whatComesLateInALargeFactorIsTold() throws IOException {
    final String clip = "lora_te1_text_model_encoder_layers_0_mlp_fc1";
    final float[] late = new float[600_000];
    late[500_000] = Float.NaN;
    final Map<String, TensorData> tensors = qkv(RANK, a, b);
    tensors.put(clip + ".lora_down.weight", TensorData.ofFloats(late, 1, late.length));
    tensors.put(clip + ".lora_up.weight", TensorData.ofFloats(new float[2], 2, 1));
    assertThatThrownBy(() -> sketch(tensors)).hasMessageContaining("NaN at element 500000");
  }

  /** 2.4 GB that must be zero, with one 1 among its first megabytes. */
  @Test
  void aDifferenceMayBeLargerThanAnyArray() throws IOException {
    final String module = "lora_unet_double_blocks_0_img_attn_qkv";
    final String header =
        """
        {"%1$s.lora_down.weight": {"dtype": "F16", "shape": [1, %2$d], "data_offsets": [0, %3$d]},
         "%1$s.lora_up.weight": {"dtype": "F16", "shape": [%4$d, 1], "data_offsets": [%3$d, %5$d]},
         "%1$s.diff": {"dtype": "U8", "shape": [2400000000], "data_offsets": [%5$d, %6$d]}}"""
            .formatted(module, D, 2 * D, 3 * D, 8 * D, 8 * D + 2_400_000_000L);
    final Path path = directory.resolve("sparse.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(header.length()));
      file.writeBytes(header);
      file.setLength(file.getFilePointer() + 8 * D + 2_400_000_000L);
      file.seek(5_000_000);
      file.write(1);
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      final AdapterLayout layout = LayoutParser.parse("sparse", file.header(), TABLE);
      assertThatThrownBy(() -> sketcher.sketch(file, layout))
          .hasMessage("sparse: tensor '" + module + ".diff' is not zero");
    }
  }
}
