package io.loralake.adapter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Header entries as well-known trainers write them. */
public enum TrainerMetadata {
  /** An empty header. */
  NONE {
    @Override
    public Map<String, String> of(final TrainingFacts facts) {
      return Map.of();
    }
  },
  /** kohya's sd-scripts, without what tells of the captions. */
  KOHYA {
    @Override
    public Map<String, String> of(final TrainingFacts facts) {
      return kohya(facts);
    }
  },
  /** kohya's sd-scripts with {@code ss_tag_frequency}. */
  KOHYA_TAGS {
    @Override
    public Map<String, String> of(final TrainingFacts facts) {
      final Map<String, String> header = kohya(facts);
      final ObjectNode folders = JSON.createObjectNode();
      final ObjectNode tags = folders.putObject("img");
      facts.captions().forEach(tags::put);
      header.put("ss_tag_frequency", folders.toString());
      return header;
    }
  },
  /** ostris' ai-toolkit. */
  AI_TOOLKIT {
    @Override
    public Map<String, String> of(final TrainingFacts facts) {
      final Map<String, String> header = new LinkedHashMap<>();
      header.put("format", "pt");
      header.put("name", facts.name());
      header.put("version", "1.0");
      header.put("ss_base_model_version", "flux1");
      header.put("ss_output_name", facts.name());
      header.put("training_info", JSON.createObjectNode().put("step", facts.steps()).toString());
      header.put(
          "software",
          JSON.createObjectNode()
              .put("name", "ai-toolkit")
              .put("repo", "https://github.com/ostris/ai-toolkit")
              .put("version", "0.1.0")
              .toString());
      return header;
    }
  },
  /** OneTrainer: the ModelSpec standard. */
  ONETRAINER {
    @Override
    public Map<String, String> of(final TrainingFacts facts) {
      final Map<String, String> header = new LinkedHashMap<>();
      header.put("modelspec.sai_model_spec", "1.0.0");
      header.put("modelspec.architecture", "Flux.1-dev/lora");
      header.put("modelspec.title", facts.name());
      header.put("modelspec.resolution", facts.width() + "x" + facts.height());
      header.put("ot_branch", "master");
      return header;
    }
  };

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The entries, in the order in which they are written; values are text, as the format wants. */
  public abstract Map<String, String> of(TrainingFacts facts);

  /** As specifications spell it: {@code kohya-tags}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The style called {@code name}.
   *
   * @throws IllegalArgumentException when there is none, listing those that are
   */
  public static TrainerMetadata parse(final String name) {
    for (final TrainerMetadata style : values()) {
      if (style.toString().equals(name)) {
        return style;
      }
    }
    throw new IllegalArgumentException(
        "There is no metadata style '" + name + "', allowed are " + Arrays.toString(values()));
  }

  private static Map<String, String> kohya(final TrainingFacts facts) {
    final Map<String, String> header = new LinkedHashMap<>();
    header.put("ss_base_model_version", "flux1");
    header.put("ss_sd_model_name", facts.base());
    header.put("ss_output_name", facts.name());
    header.put("ss_network_module", "networks.lora_flux");
    header.put("ss_network_dim", String.valueOf(facts.rank()));
    header.put("ss_network_alpha", String.valueOf(facts.alpha()));
    header.put("ss_learning_rate", String.valueOf(facts.learningRate()));
    header.put("ss_lr_scheduler", "linear");
    header.put("ss_optimizer", "torch.optim.adam.Adam");
    header.put("ss_max_train_steps", String.valueOf(facts.steps()));
    header.put("ss_total_batch_size", String.valueOf(facts.batch()));
    header.put("ss_num_train_images", String.valueOf(facts.pictures()));
    header.put("ss_resolution", "(" + facts.width() + ", " + facts.height() + ")");
    header.put("ss_seed", String.valueOf(facts.seed()));
    header.put("modelspec.architecture", "flux-1-dev/lora");
    header.put("modelspec.title", facts.name());
    return header;
  }
}
