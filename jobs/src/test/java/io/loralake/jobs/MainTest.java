package io.loralake.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "search --catalog c --k 0 x | search: --k is 0, allowed | 'loralake search --help'",
        "index --catalog c | index: Missing required option: '--source=URI' | 'loralake index --help'",
        "lab zoo-bad --adaptr x | zoo-bad: Unknown option: '--adaptr' | lab zoo-bad --help",
        "search --catlog c x | search: Unknown option: '--catlog' | solutions: --catalog",
        "search --catalog c --filter tag x | search: Value for option '--filter' | search --help",
        "search --catalog c --filter tag=a --filter tag=b x | search: --filter is tag twice, allowed is each key once | search --help",
        "evaluate --fusion --catalog c --gates a=b --gates a=c --truth t --splits s | evaluate: --gates is a twice, allowed is each key once | evaluate --help",
        "train-alignment --catalog c --noise Infinity | train-alignment: --noise is Infinity, allowed | train-alignment --help",
        "train-alignment --catalog c --temperature Infinity | train-alignment: --temperature is Infinity, allowed | train-alignment --help",
        "train-alignment --catalog c --work pom.xml/w | train-alignment: --work is | which cannot be written: ",
        "train-alignment --catalog c --use e --out target/o | train-alignment: --out is target/o, allowed only with a training, which --use is not | train-alignment --help",
        "evaluate --retrieval --catalog c --truth t --splits s --samples 3 | evaluate: --samples is 3, allowed only with --fusion | evaluate --help",
        "evaluate --fusion --catalog c --truth t --splits s --seeds 2 | evaluate: --seeds is 2, allowed only with --retrieval | evaluate --help",
        "evaluate --retrieval --catalog c --truth t --splits s --only heads --gaussian g | evaluate: --gaussian is g, allowed only with --only sketches, or without --only | evaluate --help",
        "train-gates --catalog c --spec s --base ../tests/lab/base --out target/gates --work pom.xml/w | train-gates: --work is | which cannot be written: ",
        "train-gates --catalog c --spec s --base ../tests/lab/base --out target/gates --checkpoint-every 0 | train-gates: --checkpoint-every is 0 | a positive number",
        "generate --prompts p --catalog c --base b --adapter-cache  --out o | generate: --adapter-cache is '', allowed is DIR; is a variable | generate --help",
        "train-alignment --catalog c --captions  --use e | train-alignment: --captions is '', allowed is FILE; is a variable | --help",
        "paint --base b --out o.png --prompt \ufffd | loralake: the locale of this process cannot read '\ufffd': run it with LC_ALL=C.UTF-8 | 'loralake --help'",
        "search --catalog c --prompts pom.xml --out ./pom.xml | search: --out is ./pom.xml, allowed is another file than --prompts | search --help",
        "probes --base b --prompts pom.xml --out ../jobs/pom.xml | probes: --out is ../jobs/pom.xml, allowed is another file than --prompts | probes --help",
        "evaluate --retrieval --catalog c --truth t --splits s --json target/t --report target/./t | evaluate: --report is target/./t, allowed is another file than --json | evaluate --help",
        "evaluate --retrieval --catalog c --truth target/t --splits s --json target/t | evaluate: --json is target/t, allowed is another file than --truth | evaluate --help",
        "lab zoo-spec --out target/t --truth target/t | zoo-spec: --truth is target/t, allowed is another file than --out | zoo-spec --help",
        "lab zoo-spec --out target --truth target/t | zoo-spec: --out is target, allowed is the name of a file | zoo-spec --help",
        "serch x | loralake: Unmatched argument | 'loralake --help'",
      })
  void aUsageErrorIsNotLostAboveAPageOfOptions(
      final String arguments, final String message, final String advice) {
    final PrintStream before = System.err;
    final ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(arguments.split(" ", -1))).isEqualTo(2);
    } finally {
      System.setErr(before);
    }
    assertThat(told.toString(StandardCharsets.UTF_8).lines())
        .hasSizeBetween(2, 3)
        .first()
        .asString()
        .startsWith(message);
    assertThat(told.toString(StandardCharsets.UTF_8)).contains(advice);
  }

  /** Such as a report that is cut off where the disk is full. */
  @Test
  void whatCannotBeToldIsAFailure() {
    final PrintStream before = System.out;
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(final int told) throws IOException {
                throw new IOException("No space left on device");
              }
            }));
    try {
      assertThat(Main.run("--version")).isEqualTo(1);
    } finally {
      System.setOut(before);
    }
    assertThat(Main.run("--version")).isZero();
  }
}
