/**
 * LoRA files of any community naming, brought into one canonical form: layer name (Black Forest
 * Labs' vocabulary) -> low-rank factors A (R, d_in) and B (d_out, R) with delta W = B A.
 *
 * <p>A file is understood in two steps: {@link io.loralake.adapter.AdapterLayout} from its header
 * alone, {@link io.loralake.adapter.AdapterReader} for the numbers.
 */
package io.loralake.adapter;
