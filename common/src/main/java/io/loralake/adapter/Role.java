package io.loralake.adapter;

import io.loralake.rejection.Reason;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a tensor is for, by the end of its key. The first role whose pattern fits counts; a role
 * with a reason makes the whole file unusable, because leaving such a tensor out would change its
 * pictures silently. Where a pattern has {@code {name}}, PEFT may have put an adapter's name.
 */
enum Role {
  DOWN(
      null,
      "lora_A{name}\\.weight|lora_A|lora_down{name}\\.weight|lora_down"
          + "|(lora(_linear_layer)?\\.)?down\\.weight"),
  UP(
      null,
      "lora_B{name}\\.weight|lora_B|lora_up{name}\\.weight|lora_up"
          + "|(lora(_linear_layer)?\\.)?up\\.weight"),
  ALPHA(null, "alpha|lora_alpha"),
  DORA(
      Reason.UNSUPPORTED_ADAPTER_DORA,
      "dora_scale|magnitude|lora_magnitude_vector{name}(\\.weight)?"),
  LOKR(Reason.UNSUPPORTED_ADAPTER_LOKR, "lokr_\\w+{name}"),
  LOHA(Reason.UNSUPPORTED_ADAPTER_LOHA, "hada_\\w+{name}"),
  GLORA(Reason.UNSUPPORTED_ADAPTER_GLORA, "([ab][12]|bm)\\.weight"),
  TLORA(Reason.UNSUPPORTED_ADAPTER_TLORA, "lambda_layer"),
  ADALORA(Reason.UNSUPPORTED_ADAPTER_ADALORA, "(lora_E|lora_diag|ranknum){name}"),
  LOCON(Reason.UNSUPPORTED_ADAPTER_LOCON, "lora_mid(\\.weight)?"),
  OFT(Reason.UNSUPPORTED_ADAPTER_OFT, "b?oft_\\w+{name}(\\.weight)?|oft_diag"),
  IA3(Reason.UNSUPPORTED_ADAPTER_IA3, "ia3_l{name}|on_input"),
  /** Multiplies a tensor of an 8-bit format. */
  SCALE(
      Reason.UNSUPPORTED_DTYPE,
      "scale_weight|weight_scale(_inv)?|weight\\._scale|scale_input|input_scale"),
  /** Harmless when all zero, which trainers do write. */
  BIAS(null, "lora_B{name}\\.bias|lora_up\\.bias|diff_b"),
  /** Full-rank difference; harmless when all zero. */
  DIFF(null, "diff|diff_weight|w_norm|b_norm|set_weight"),
  NORM_SCALE(null, "(query_norm|key_norm)\\.scale|norm(_added)?_[qk]\\.weight"),
  /** Takes the place of the model's own, where the module is one of its layers. */
  WEIGHT(null, "(?:modules_to_save{name}\\.)?weight"),
  /** Likewise: PEFT saves the model's biases where they were trained. */
  MODEL_BIAS(null, "(?:base_layer\\.|modules_to_save{name}\\.)?bias"),
  OTHER(null, "");

  private static final Role[] ROLES = values();

  /** An adapter may have any name without a dot. */
  private static final String NAME = "(?:\\.[^.]+)?";

  private final Reason reason;
  private final Pattern pattern;

  Role(final Reason reason, final String suffixes) {
    this.reason = reason;
    this.pattern = suffixes.isEmpty() ? null : pattern(suffixes);
  }

  private static Pattern pattern(final String suffixes) {
    return Pattern.compile("(.+?)\\.(?:" + suffixes.replace("{name}", NAME) + ")");
  }

  /** A key taken apart. */
  record Key(Role role, String module) {}

  static Key of(final String key) {
    for (final Role role : ROLES) {
      if (role.pattern != null) {
        final Matcher matcher = role.pattern.matcher(key);
        if (matcher.matches()) {
          return new Key(role, matcher.group(1));
        }
      }
    }
    return new Key(OTHER, key);
  }

  /** Why a file with such a tensor is refused; null when it is not. */
  Reason reason() {
    return reason;
  }
}
