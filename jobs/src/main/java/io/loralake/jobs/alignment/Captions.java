package io.loralake.jobs.alignment;

import java.io.Serializable;
import java.util.List;

/**
 * What people say that one adapter does.
 *
 * @param family stands for all adapters that are the same update
 * @param group adapters of one group are never split between training and validation
 * @param weight how much the adapter counts in training
 */
public record Captions(
    String adapterId, String family, String group, List<String> texts, double weight)
    implements Serializable {}
