package io.loralake.rejection;

/**
 * Why a file cannot be used, or could not be had. Names are part of the public contract: never
 * rename one.
 */
public enum Reason {
  /** No bytes, or a valid header without tensors. */
  EMPTY,
  /** The file ends before what its header promises. */
  TRUNCATED,
  /** Not a safetensors file at all: HTML, pickle, zip, GGUF, a Git LFS pointer... */
  NOT_SAFETENSORS,
  /** A safetensors header that breaks the format's rules. */
  BAD_HEADER,
  /** A tensor is stored in a type that cannot be an adapter factor, or with a scale beside it. */
  UNSUPPORTED_DTYPE,
  /** Readable, but nothing in it looks like a low-rank adapter. */
  NOT_AN_ADAPTER,
  /** An adapter for another model; the message names it where its keys show it. */
  WRONG_BASE_MODEL,
  /** Only text encoders are adapted; nothing in it changes the transformer. */
  TEXT_ENCODER_ONLY,
  /** An adapter key names a layer that the model does not have. */
  UNKNOWN_LAYER,
  /** Two tensors of the file claim the same factor of the same layer. */
  AMBIGUOUS_LAYER,
  /** One of the two factors of a layer is absent. */
  MISSING_PAIR,
  /** The inner dimensions of a pair differ, or the rank is 0. */
  RANK_MISMATCH,
  /** A factor does not have the layer's width, or the wrong number of dimensions. */
  SHAPE_MISMATCH,
  /**
   * NaN or infinity in a factor, in alpha, in their product, or in what a training or a picture
   * came to.
   */
  NON_FINITE,
  /** Every update of the file is exactly zero. */
  EMPTY_UPDATE,
  /** Weight-decomposed update (DoRA). */
  UNSUPPORTED_ADAPTER_DORA,
  /** Kronecker factors (LyCORIS LoKr). */
  UNSUPPORTED_ADAPTER_LOKR,
  /** Hadamard factors (LyCORIS LoHa). */
  UNSUPPORTED_ADAPTER_LOHA,
  /** Factors that multiply the base's weights, beside those that are added (LyCORIS GLoRA). */
  UNSUPPORTED_ADAPTER_GLORA,
  /** A scale for each rank, and ranks by the timestep (LyCORIS T-LoRA). */
  UNSUPPORTED_ADAPTER_TLORA,
  /** Tucker core between the factors (LyCORIS LoCon). */
  UNSUPPORTED_ADAPTER_LOCON,
  /** A scale for each rank between the factors (AdaLoRA, KaSA). */
  UNSUPPORTED_ADAPTER_ADALORA,
  /**
   * Begun from something that was taken out of the base's weights (PiSSA, OLoRA, CorDA, LoRA-GA).
   */
  UNSUPPORTED_ADAPTER_PISSA,
  /** Orthogonal fine-tuning blocks (OFT, BOFT). */
  UNSUPPORTED_ADAPTER_OFT,
  /** Element-wise (IA)^3 scales. */
  UNSUPPORTED_ADAPTER_IA3,
  /** Full-rank weight or norm differences. */
  UNSUPPORTED_ADAPTER_DIFF,
  /** Non-zero bias beside the factors. */
  UNSUPPORTED_ADAPTER_BIAS,
  /** Structure-control adapter: widened input, norm scales. */
  UNSUPPORTED_ADAPTER_CONTROL,
  /** A row of a training specification, or of prompts, that cannot be carried out. */
  BAD_SPECIFICATION,
  /** An earlier row has the same key, or the output has a picture of this key from another row. */
  DUPLICATE_KEY,
  /**
   * A row names an adapter that the catalog does not have, more than one of that name, or one that
   * gates cannot know; or no adapter of the catalog passes its filters.
   */
  UNKNOWN_ADAPTER,
  /** A picture to train on that cannot be decoded, or has no caption. */
  BAD_PICTURE,
  /** Nothing to train on: no picture is there, or none can be used. */
  NO_PICTURES,
  /** A picture that does not fit into memory, not even alone. */
  OUT_OF_MEMORY,
  /**
   * The owner lets in only some: a token is needed, or its account has not been admitted; or the
   * site has shut it, or shows no file or address of it.
   */
  GATED,
  /**
   * The site says definitely that it is no longer there (404, 410), or it is at none of the places
   * where the catalog found it.
   */
  GONE,
  /** Not free, or not yet: its creator sells access, for good or until a date. */
  EARLY_ACCESS,
  /** The site asks to slow down for longer than we may wait. */
  RATE_LIMITED,
  /** A web page came where a file or data was asked for: a login, an error, a captcha. */
  HTML_INSTEAD,
  /** The bytes are not those that the listing or the catalog promised: other size or SHA-256. */
  HASH_MISMATCH,
  /** The site failed, or answered against its own rules: 5xx, time-outs, broken connections. */
  SITE_ERROR,
  /** Its publisher does not want it to be downloaded or used by machines. */
  OPTED_OUT,
  /** Left out on purpose: real persons, minors, files that a scanner calls dangerous. */
  EXCLUDED
}
