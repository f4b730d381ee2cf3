package io.loralake.encoder;

/**
 * What an adapter does to the probes of a {@link ProbeSet}: for each layer the responses {@code
 * probe A^T B^T} (P, d_out), projected to (P, S). Kept in half precision, each layer divided by its
 * root mean square so that no adapter is too weak or too strong for it.
 *
 * @param probeSetId the probe set it was made with; only sketches of one set compare
 * @param halves IEEE binary16, little-endian, layer by layer; zeros where a layer is absent
 * @param rms root mean square of each layer's projected response; 0 where the layer is absent
 */
public record Sketch(String probeSetId, byte[] halves, float[] rms) {}
