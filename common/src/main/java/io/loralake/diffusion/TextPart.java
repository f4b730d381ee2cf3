package io.loralake.diffusion;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.text.PromptEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What a model folder has on the side of the text. */
public sealed interface TextPart permits ClipT5Part, MiniLmPart {
  /** T, token states per prompt. */
  int tokens();

  /** Numbers in a token state: the transformer's {@code context_in_dim}. */
  int width();

  /** Numbers in the pooled vector: the transformer's {@code vec_in_dim}. */
  int pooledWidth();

  /** How many weights each text model has, by its name. */
  Map<String, Long> parameters();

  /** Files and folders with the text models' weights; none where the program brings its own. */
  List<Path> weights();

  /**
   * Loads the text models.
   *
   * @param manager owns their weights
   * @param warnings is told what is cut from prompts
   */
  PromptEncoder load(NDManager manager, Precision precision, Consumer<String> warnings)
      throws IOException;
}
