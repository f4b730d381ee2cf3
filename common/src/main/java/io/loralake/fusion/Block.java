package io.loralake.fusion;

/**
 * A rectangle of an update's B (d_out, R) beside which its columns are zero. Where a file trains q,
 * k and v of a fused layer apart, B is block-diagonal: three rectangles hold all of it in a third
 * of the space, and multiply in a third of the time.
 */
record Block(int row, int rows, int column, int columns) {}
