package io.loralake.adapter;

import java.util.SortedMap;

/**
 * What became of every key of an adapter file.
 *
 * @param naming the naming that most keys follow
 * @param namings keys by naming
 * @param layersUsed layers of the transformer that the file changes
 * @param layersInModel layers that the model has
 * @param textEncoderLayers layers of text encoders that the file changes as well
 * @param ranks pairs by rank
 * @param ignored keys that mean nothing to the model, counted by pattern (numbers written {@code
 *     #})
 * @param tensors tensors in the file
 */
public record ReadReport(
    String naming,
    SortedMap<String, Integer> namings,
    int layersUsed,
    int layersInModel,
    int textEncoderLayers,
    SortedMap<Integer, Integer> ranks,
    SortedMap<String, Integer> ignored,
    int tensors) {}
