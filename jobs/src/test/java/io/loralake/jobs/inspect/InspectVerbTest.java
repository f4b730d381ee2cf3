package io.loralake.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class InspectVerbTest {

  @Test
  void aWrongModelIsNamedWithItsOptionAndWhatIsAllowed() {
    final StringWriter err = new StringWriter();
    final int exit =
        new CommandLine(new InspectVerb())
            .setErr(new PrintWriter(err))
            .execute("pom.xml", "--model", "sd15");
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("--model", "sd15", "flux-dev, flux-schnell, lab");
  }
}
