package io.loralake.tensor;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Fused PyTorch operations that DJL's {@code NDArray} lacks, called through one small TorchScript
 * archive. Every result belongs to the manager of the first argument and carries gradients, except
 * where noted.
 *
 * <p>DJL does not know bfloat16: a bf16 array shows an unknown data type, and asking DJL to create
 * or convert one ends the JVM. {@link #toBf16} and {@link #toF32} are the only way in and out.
 */
public final class TorchOps {
  /** Kept for the life of the JVM: DJL closes a model that nobody refers to. */
  private static final Model MODEL = load();

  private static final PtSymbolBlock BLOCK = (PtSymbolBlock) MODEL.getBlock();

  private static final Map<String, NDArray> SELECTORS = new ConcurrentHashMap<>();

  private TorchOps() {}

  /** softmax(q k^T / sqrt(d)) v for q, k, v of (B, H, L, d). */
  public static NDArray sdpa(final NDArray q, final NDArray k, final NDArray v) {
    return call("sdpa", q, k, v);
  }

  /** LayerNorm over the last axis without affine weights, eps 1e-6. */
  public static NDArray layerNorm(final NDArray x) {
    return call("layer_norm", x);
  }

  /** RMSNorm over the last axis, eps 1e-6. */
  public static NDArray rmsNorm(final NDArray x, final NDArray weight) {
    return call("rms_norm", x, weight);
  }

  /** GELU in its tanh form. */
  public static NDArray geluTanh(final NDArray x) {
    return call("gelu_tanh", x);
  }

  /** x sigmoid(x). */
  public static NDArray silu(final NDArray x) {
    return call("silu", x);
  }

  /** A copy of {@code x} in bfloat16, rounded to nearest even. */
  public static NDArray toBf16(final NDArray x) {
    return call("to_bf16", x);
  }

  /** A copy of {@code x} in float32. */
  public static NDArray toF32(final NDArray x) {
    return call("to_f32", x);
  }

  /** Thin QR of a matrix (m, n): Q (m, k), R (k, n), k = min(m, n). No gradients. */
  public static NDList qr(final NDArray x) {
    return callTuple("qr", x);
  }

  /** Thin SVD of a matrix (m, n): U (m, k), S (k), V^T (k, n), k = min(m, n). No gradients. */
  public static NDList svd(final NDArray x) {
    return callTuple("svd", x);
  }

  private static NDArray call(final String method, final NDArray... arguments) {
    final NDList inputs = new NDList(arguments);
    inputs.add(SELECTORS.computeIfAbsent(method, TorchOps::selector));
    return IValueUtils.forward(BLOCK, inputs, true).head();
  }

  /** DJL picks the method of a module by the name of an extra argument, whose value is unused. */
  private static NDArray selector(final String method) {
    final NDArray selector = MODEL.getNDManager().create(0);
    selector.setName("module_method:" + method);
    return selector;
  }

  private static NDList callTuple(final String method, final NDArray argument) {
    try (IValue input = IValue.from((PtNDArray) argument);
        IValue output = IValueUtils.runMethod(BLOCK, method, input)) {
      return output.toNDList((PtNDManager) argument.getManager());
    }
  }

  private static Model load() {
    final Model model = Model.newInstance("ops", "PyTorch");
    try {
      model.load(new ByteArrayInputStream(OpsArchive.bytes()));
      return model;
    } catch (final IOException | MalformedModelException e) {
      throw new IllegalStateException("PyTorch refuses the operations archive", e);
    }
  }
}
