package io.loralake.alignment;

import java.io.Serializable;

/**
 * An adapter as contrastive training sees it.
 *
 * @param row its number among all training adapters
 * @param family equal for adapters that are the same update, which are not each other's negatives
 * @param views principal components in each view, (V, k)
 * @param texts centred text vectors, (captions, D)
 * @param weight how much it counts
 */
public record ContrastiveRow(int row, int family, float[][] views, float[][] texts, double weight)
    implements Serializable {}
