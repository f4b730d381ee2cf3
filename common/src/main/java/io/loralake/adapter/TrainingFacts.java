package io.loralake.adapter;

import java.util.Map;

/**
 * What a trainer knows of the adapter that it has made, for the header.
 *
 * @param name the file's name without its ending
 * @param base name of the base model
 * @param pictures how many it learned from
 * @param width of the pictures in pixels
 * @param height of the pictures in pixels
 * @param captions caption -> how many pictures have it
 */
public record TrainingFacts(
    String name,
    String base,
    int rank,
    double alpha,
    int steps,
    int batch,
    double learningRate,
    long seed,
    int pictures,
    int width,
    int height,
    Map<String, Integer> captions) {}
