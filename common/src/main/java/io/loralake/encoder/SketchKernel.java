package io.loralake.encoder;

import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.TensorData;
import java.nio.FloatBuffer;

/** What a sketch takes from the two factors of an update B A. */
interface SketchKernel {

  /**
   * @param a A (R, d_in), in direct memory
   * @param b B (rows, R), in direct memory
   * @param probes (P, d_in); empty where the layer has none
   * @param response (rows, P), to be filled with B A probes^T
   * @return the update's length; not finite where a factor has a number that is not
   */
  ProductNorm read(TensorData a, TensorData b, float[] probes, FloatBuffer response);
}
