package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** A process that says on its output when it begins a backward pass of some seconds. */
final class LongPass {
  private static final Shape SHAPE = new Shape(700, 700);
  private static final int LAYERS = 60;

  private LongPass() {}

  public static void main(final String[] args) throws InterruptedException {
    final Thread training = new Thread(LongPass::train);
    training.setDaemon(true); // as Spark's tasks are
    training.start();
    training.join();
  }

  private static void train() {
    try (NDManager manager = PyTorch.manager();
        GradientTape tape = new GradientTape()) {
      final NDArray weights = manager.zeros(SHAPE);
      weights.setRequiresGradient(true);
      NDArray output = weights;
      for (int i = 0; i < LAYERS; i++) {
        output = output.matMul(weights).tanh();
      }
      final NDArray loss = output.sum();
      System.out.println("backward");
      tape.backward(loss);
    }
  }
}
