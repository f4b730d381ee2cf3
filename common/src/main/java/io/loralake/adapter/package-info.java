/**
 * Adapters in one canonical form, whatever file they came from.
 *
 * <p>Letters in shapes: {@code R} rank, {@code d_in} and {@code d_out} widths of a layer.
 */
package io.loralake.adapter;
