/**
 * Learns the space in which adapters and texts lie together.
 *
 * <p>Letters in shapes: N adapters, V views of an adapter (with layers dropped), F features, k
 * principal components, D text width, E width of the shared space, B adapters in a batch.
 */
package io.loralake.alignment;
