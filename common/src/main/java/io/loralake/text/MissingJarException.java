package io.loralake.text;

/** A part of LoraLake that travels beside its own jar is not on the classpath. */
public final class MissingJarException extends IllegalArgumentException {
  MissingJarException(final String what, final String jar) {
    super(
        "%s needs the jar %s, which is not on the classpath (spark-submit: --jars, see"
                .formatted(what, jar)
            + " conf/README.md)");
  }
}
