package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.OwnJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmStopTest {
  @Test
  void aJvmThatIsStoppedBeginsNoOtherPass(@TempDir final Path folder)
      throws IOException, InterruptedException {
    try (OwnJvm jvm = OwnJvm.start(folder, EndlessSentences.class);
        BufferedReader said = jvm.output()) {
      assertThat(said.readLine()).isEqualTo("reads");
      TimeUnit.MILLISECONDS.sleep(200);

      jvm.terminate();

      final String before = said.readLine();
      assertThat(said.readLine()).as("texts read a second later").isEqualTo(before);
      jvm.assertTerminated();
    }
  }
}
