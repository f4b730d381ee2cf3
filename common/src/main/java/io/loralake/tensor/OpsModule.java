package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** TorchScript whose methods are called by their names. */
final class OpsModule {
  /** Kept as long as its block is used: DJL closes a model that nobody refers to. */
  private final Model model;

  private final PtSymbolBlock block;
  private final Map<String, NDArray> selectors = new ConcurrentHashMap<>();

  private OpsModule(final Model model) {
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
  }

  /**
   * Compiles a source beside this class.
   *
   * @throws IllegalStateException when PyTorch lacks an operation that it names
   */
  static OpsModule load(final String source) {
    final Model model = Model.newInstance(source, Device.cpu(), "PyTorch");
    try {
      model.load(new ByteArrayInputStream(OpsArchive.of(source)));
      return new OpsModule(model);
    } catch (final IOException | MalformedModelException | EngineException e) {
      model.close();
      throw new IllegalStateException("PyTorch refuses the operations of " + source, e);
    }
  }

  NDArray call(final String method, final NDArray... arguments) {
    return callAll(method, arguments).head();
  }

  NDList callAll(final String method, final NDArray... arguments) {
    final NDList inputs = new NDList(arguments);
    inputs.add(selectors.computeIfAbsent(method, this::selector));
    return IValueUtils.forward(block, inputs, true);
  }

  /** DJL picks the method of a module by the name of an extra argument, whose value is unused. */
  private NDArray selector(final String method) {
    final NDArray selector = model.getNDManager().create(0);
    selector.setName("module_method:" + method);
    NDScope.unregister(selector); // it outlives the scope that happens to be open
    return selector;
  }

  NDList callTuple(final String method, final NDArray argument) {
    try (IValue input = IValue.from((PtNDArray) argument);
        IValue output = IValueUtils.runMethod(block, method, input)) {
      return output.toNDList((PtNDManager) argument.getManager());
    }
  }
}
