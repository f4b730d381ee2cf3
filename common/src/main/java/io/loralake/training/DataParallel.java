package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.loralake.tensor.GradientTape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Gradients of one batch by several threads of one JVM, the caller's among them. Each thread has a
 * model of its own over the same numbers: handles that share the parameters' memory and collect
 * gradients apart, so that nothing is copied or locked. For a fixed number of threads the result is
 * the same to the bit.
 *
 * @param <M> the model that is built over each thread's handles
 */
public final class DataParallel<M> implements AutoCloseable {
  /** The loss of one thread's part of a batch. */
  @FunctionalInterface
  public interface Loss<M> {
    /**
     * @param manager owns whatever the computation makes
     * @param part from 0
     * @param parts how many threads share the batch
     * @return the mean loss over the part's samples, a scalar; parts are of equal size
     */
    NDArray of(M model, NDManager manager, int part, int parts);
  }

  private record Replica<M>(NDManager manager, Map<String, NDArray> handles, M model) {}

  private final NDManager parent;
  private final List<Replica<M>> replicas = new ArrayList<>();
  private final ExecutorService threads;

  /**
   * @param build makes a model that computes with the arrays it is given
   */
  public DataParallel(
      final NDManager parent,
      final Map<String, NDArray> parameters,
      final int threads,
      final Function<Map<String, NDArray>, M> build) {
    this.parent = parent;
    for (int i = 0; i < threads; i++) {
      final NDManager manager = parent.newSubManager();
      final Map<String, NDArray> handles =
          Parameters.map(parameters, manager, NDArray::stopGradient);
      handles.values().forEach(handle -> handle.setRequiresGradient(true));
      replicas.add(new Replica<>(manager, handles, build.apply(handles)));
    }
    // Makes no thread for one part: fresh threads would each leave a heap of native memory behind.
    this.threads = Executors.newCachedThreadPool();
  }

  /**
   * The mean loss over the parts and its gradients.
   *
   * @param gradients by parameter; parameters that the loss does not depend on are absent
   */
  public record Result(double loss, Map<String, NDArray> gradients, NDManager manager)
      implements AutoCloseable {
    /** Euclidean length of all gradients as one vector. */
    public double norm() {
      double squares = 0;
      for (final NDArray gradient : gradients.values()) {
        try (NDArray square = gradient.square();
            NDArray sum = square.sum()) {
          squares += sum.getFloat();
        }
      }
      return Math.sqrt(squares);
    }

    /** Shortens the gradients to at most {@code limit}; returns their length before. */
    public double clip(final double limit) {
      final double norm = norm();
      if (norm > limit) {
        gradients.values().forEach(gradient -> gradient.muli((float) (limit / norm)));
      }
      return norm;
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** Computes the loss of a batch forth and back. */
  public Result backward(final Loss<M> loss) {
    final List<Future<Double>> running = new ArrayList<>();
    for (int i = 1; i < replicas.size(); i++) {
      final int part = i;
      running.add(threads.submit(() -> backward(loss, replicas.get(part), part)));
    }
    double sum = backward(loss, replicas.get(0), 0);
    for (final Future<Double> part : running) {
      sum += await(part);
    }
    final NDManager manager = parent.newSubManager();
    return new Result(sum / replicas.size(), takeGradients(manager), manager);
  }

  private double backward(final Loss<M> loss, final Replica<M> replica, final int part) {
    try (NDManager manager = replica.manager().newSubManager();
        NDScope scope = new NDScope();
        GradientTape tape = new GradientTape()) {
      scope.suppressNotUsedWarning();
      final NDArray value = loss.of(replica.model(), manager, part, replicas.size());
      tape.backward(value);
      return value.getFloat();
    }
  }

  private static double await(final Future<Double> part) {
    try {
      return part.get();
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted during a training step", e);
    } catch (final ExecutionException e) {
      throw new IllegalStateException("A training step failed: " + e.getCause(), e.getCause());
    }
  }

  /** The mean over the replicas, which forget theirs. */
  private Map<String, NDArray> takeGradients(final NDManager manager) {
    final Map<String, NDArray> means = new LinkedHashMap<>();
    for (final String name : replicas.get(0).handles().keySet()) {
      NDArray sum = null;
      for (final Replica<M> replica : replicas) {
        final NDArray handle = replica.handles().get(name);
        if (!handle.hasGradient()) {
          continue;
        }
        try (NDArray gradient = handle.getGradient()) {
          if (sum == null) {
            sum = gradient.duplicate();
            sum.attach(manager);
          } else {
            sum.addi(gradient);
          }
        }
        JniUtils.zeroGrad((PtNDArray) handle);
      }
      if (sum != null) {
        means.put(name, replicas.size() == 1 ? sum : sum.divi(replicas.size()));
      }
    }
    return means;
  }

  @Override
  public void close() {
    threads.shutdown();
    replicas.forEach(replica -> replica.manager().close());
  }
}
