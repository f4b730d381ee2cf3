/**
 * Numbers and the PyTorch engine under them: element types, widening to float, and the operations
 * that DJL itself lacks.
 *
 * <p>Letters used in shape comments everywhere: B batch, L tokens, D width, H heads, R rank, K
 * adapters, P probes, S sketch width.
 */
package io.loralake.tensor;
