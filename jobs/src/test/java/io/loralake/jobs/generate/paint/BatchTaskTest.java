package io.loralake.jobs.generate.paint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class BatchTaskTest {
  @Test
  void wantOfMemoryIsSeenThroughWhatWrapsIt() {
    final EngineException cuda = new EngineException("CUDA out of memory. Tried to allocate 2 GiB");
    assertThat(BatchTask.isOutOfMemory(cuda)).isTrue();
    assertThat(
            BatchTask.isOutOfMemory(
                new IllegalStateException(
                    "An adapter cannot be had", new CompletionException("failed", cuda))))
        .isTrue();
    assertThat(BatchTask.isOutOfMemory(new CompletionException(new OutOfMemoryError()))).isTrue();
    assertThat(
            BatchTask.isOutOfMemory(
                new EngineException(
                    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")))
        .isTrue();
    assertThat(BatchTask.isOutOfMemory(new EngineException("shapes differ"))).isFalse();
  }
}
