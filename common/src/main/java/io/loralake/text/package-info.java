/**
 * From a prompt to what the transformer reads: tokenizers, the CLIP and T5 encoders of FLUX.1, the
 * lab's MiniLM.
 *
 * <p>Letters used in shape comments: B batch, L tokens, D width, H heads, d = width of a head.
 */
package io.loralake.text;
