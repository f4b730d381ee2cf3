package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.SketchLayout;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.tests.index.SharedSpark;
import org.junit.jupiter.api.Test;

class SketchRowsTest {
  private static final long BYTES_OF_A_NUMBER = 2;
  private static final long MOST = 64 << 20;

  /** An executor of 1 GB reads them, twice that while its buffer grows. */
  @Test
  void theRowsThatATaskReadsAtOnceAreFewForTheLargestSketches() {
    final SketchLayout largest =
        SketchLayout.of(ProbeSet.gaussian(LayerTable.of(FluxConfig.load("flux-dev"))));
    final long rows =
        Long.parseLong(
            SharedSpark.session().conf().get("spark.sql.parquet.columnarReaderBatchSize"));
    assertThat(rows * largest.length() * BYTES_OF_A_NUMBER).isBetween(1L, MOST);
  }
}
