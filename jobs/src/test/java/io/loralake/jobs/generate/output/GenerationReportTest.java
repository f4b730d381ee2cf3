package io.loralake.jobs.generate.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationReportTest {
  /** Below a picture as among the credits. */
  @ParameterizedTest
  @CsvSource({
    "s3a://b/x/Ink.safetensors, , Ink",
    "s3a://b/x/Ink.sft, , Ink",
    "s3a://b/x/Ink.SafeTensors, , Ink",
    "s3a://b/x/Ink.sft, An ink, An ink"
  })
  void anAdapterGoesByItsTitleOrItsFilesName(
      final String uri, final String title, final String name) {
    assertThat(
            GenerationReport.name(
                new PictureRecord.UsedAdapter("0", uri, title, null, null, null, 1, null)))
        .isEqualTo(name);
  }
}
