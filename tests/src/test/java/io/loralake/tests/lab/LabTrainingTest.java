package io.loralake.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureShards;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** All trainings of the lab, a few steps each, on some of its pictures: from tars to a picture. */
@TestMethodOrder(OrderAnnotation.class)
class LabTrainingTest {
  private static final Path SHARDS =
      Path.of(System.getProperty("loralake.root", "..")).resolve("tests/lab/pictures");
  private static final List<String> SETS = List.of("plain", "flat", "pencil");
  private static final int PICTURES = 48;

  @TempDir private static Path folder;

  @BeforeAll
  static void takeSomePictures() throws IOException {
    for (final String set : SETS) {
      final List<LabPicture> all = PictureShards.read(SHARDS.resolve(set + PictureShards.SUFFIX));
      final Stream<LabPicture> useful =
          all.stream().filter(picture -> picture.facts().subject() != null);
      PictureShards.write(
          folder.resolve("pictures").resolve(set + PictureShards.SUFFIX),
          useful.limit(PICTURES).toList());
    }
  }

  @Test
  @Order(1)
  void autoEncoderLearnsToReconstruct() throws IOException {
    lab("train-autoencoder", "autoencoder", "--base=" + base(), "--steps=60", "--batch=8");

    final List<Map<String, Double>> curve = curve("autoencoder", "loss");
    assertThat(curve.get(curve.size() - 1).get("loss")).isLessThan(curve.get(0).get("loss"));
    assertThat(LossCurve.open(work("autoencoder")).last("kept_decibels")).isGreaterThan(10);
    assertThat(base().resolve("ae.safetensors")).exists();
    assertThat(ImageIO.read(folder.resolve("report/autoencoder.png").toFile())).isNotNull();
  }

  @Test
  @Order(2)
  void baseLearnsOnItsLatentsAndPaints() throws IOException {
    lab("train-base", "base", "--base=" + base(), "--steps=120", "--batch=16");

    final List<Map<String, Double>> curve = curve("base", "loss");
    final double early = curve.get(0).get("loss");
    assertThat(curve.get(curve.size() - 1).get("loss")).isLessThan(0.9 * early);
    assertThat(LossCurve.open(work("base")).last("kept_loss")).isLessThan(0.9 * early);
    final Path picture = folder.resolve("apple.png");
    assertThat(Main.run("paint", "--base=" + base(), "--prompt=a red apple", "--out=" + picture))
        .isZero();
    assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(LabPicture.SIDE);
  }

  @Test
  @Order(3)
  void classifierLearnsStylesAndJudgesTheBase() throws IOException {
    final Path classifier = folder.resolve("classifier.safetensors");
    lab("train-classifier", "classifier", "--out=" + classifier, "--steps=100");

    assertThat(LossCurve.open(work("classifier")).last("kept_style_top1"))
        .as("pencil sketches are easily told from colours")
        .isGreaterThan(0.4);
    assertThat(
            Main.run(
                "lab",
                "base-proof",
                "--pictures=" + folder.resolve("pictures"),
                "--base=" + base(),
                "--classifier=" + classifier,
                "--out=" + folder.resolve("report")))
        .isZero();
    assertThat(Files.readAllLines(folder.resolve("report/base.jsonl")))
        .hasSize(11)
        .allMatch(line -> line.contains("subject_top1"));
    assertThat(ImageIO.read(folder.resolve("report/base-prompts.png").toFile())).isNotNull();
  }

  private static void lab(final String verb, final String name, final String... options) {
    final List<String> line =
        new ArrayList<>(
            List.of(
                "lab",
                verb,
                "--pictures=" + folder.resolve("pictures"),
                "--work=" + work(name),
                "--report=" + folder.resolve("report")));
    line.addAll(List.of(options));
    assertThat(Main.run(line.toArray(String[]::new))).isZero();
  }

  private static List<Map<String, Double>> curve(final String name, final String key)
      throws IOException {
    return LossCurve.open(work(name)).points().stream()
        .filter(point -> point.containsKey(key))
        .toList();
  }

  private static Path base() {
    return folder.resolve("base");
  }

  private static Path work(final String name) {
    return folder.resolve("work").resolve(name);
  }
}
