package io.loralake.text;

/**
 * A tokenized prompt.
 *
 * @param ids with begin and end tokens, padded on the right to the model's length
 * @param length how many ids come before the padding
 * @param cut the end of the prompt that did not fit; empty when all did
 */
public record Tokens(long[] ids, int length, String cut) {}
