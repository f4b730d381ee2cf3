package io.loralake.tests.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.adapters.TrainAdaptersJob;
import io.loralake.jobs.adapters.TrainAdaptersOptions;
import io.loralake.jobs.adapters.TrainAdaptersResult;
import io.loralake.output.Png;
import io.loralake.tensor.Precision;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.paint.TinyBase;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What trainings leave for those that go on from there. */
class AdapterCheckpointsTest {
  private static final int SIDE = 32;

  @TempDir private Path folder;

  @Test
  void aCheckpointStaysUntilTheAdapterIsWritten() throws IOException {
    final Path base = Files.createDirectory(folder.resolve("base"));
    TinyBase.writeFiles(base);
    Files.write(
        folder.resolve("picture.png"),
        Png.encode(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), Map.of()));
    Files.writeString(folder.resolve("picture.txt"), "a black square");
    Files.writeString(
        folder.resolve("rows.jsonl"),
        "{\"name\": \"square\", \"pictures\": \"picture.png\", \"rank\": 1, \"steps\": 100,"
            + " \"batch\": 1, \"layers\": \"*.linear2\"}\n");
    final Path checkpoints = Files.createDirectory(folder.resolve("checkpoints"));
    final Path file = folder.resolve("out/square.safetensors");
    final Path inTheWay = Files.createDirectories(file.resolve("folder"));

    assertThat(train(base, checkpoints).trained()).isZero();
    assertThat(checkpoints).isNotEmptyDirectory();

    Files.delete(inTheWay);
    Files.delete(file);
    assertThat(train(base, checkpoints).trained()).isEqualTo(1);
    assertThat(file).isRegularFile();
    assertThat(checkpoints).isEmptyDirectory();
  }

  private TrainAdaptersResult train(final Path base, final Path checkpoints) throws IOException {
    return new TrainAdaptersJob(
            SharedSpark.session(),
            new TrainAdaptersOptions(
                folder.resolve("rows.jsonl").toString(),
                base.toString(),
                folder.resolve("out").toString(),
                8,
                SIDE,
                SIDE,
                "cpu",
                Precision.F32,
                checkpoints.toString()))
        .run();
  }
}
