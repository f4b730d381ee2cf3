package io.loralake.lab;

import java.util.List;

/**
 * An adapter of the zoo, as the truth table has it.
 *
 * @param file name below the zoo's folder
 * @param style id of a {@link Style}
 * @param subject id of a {@link Subject}
 * @param kind {@code full} for those on all layers at alpha = rank, else what is unusual about it
 * @param rank R
 * @param alpha its updates are alpha / R times B A
 * @param layers as the specification says them
 * @param naming of the file
 * @param seed of its training
 * @param captions five, of different length: what people would say that it does
 */
public record ZooAdapter(
    String file,
    String style,
    String subject,
    String kind,
    int rank,
    double alpha,
    List<String> layers,
    String naming,
    long seed,
    List<String> captions) {

  /** On all layers, alpha = rank. */
  public static final String FULL = "full";
}
