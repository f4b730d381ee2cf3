package io.loralake.jobs.evaluate.fusion;

import io.loralake.jobs.catalog.EmbeddedAdapters;

/** What adapters are to concepts. */
interface Roles {
  String EXACT = "exact";
  String STYLE = "style";
  String SUBJECT = "subject";
  String DISTRACTOR = "distractor";

  /** One of the names above. */
  String of(EmbeddedAdapters.Entry adapter, String concept);

  /** Whether an adapter may stand for its role where one is chosen, not retrieved. */
  boolean isTypical(EmbeddedAdapters.Entry adapter);

  /** Says in words that there is no typical adapter of a role. */
  String lack(String concept, String role);

  /** Whether adapters can be those of a concept's style or subject. */
  boolean knowsStyles();
}
