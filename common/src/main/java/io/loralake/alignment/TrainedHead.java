package io.loralake.alignment;

import io.loralake.encoder.EncoderArtifact;
import java.util.Map;

/**
 * An encoder and what it says of its training adapters when it has not seen them.
 *
 * @param outOfFold unit vectors (E) by adapter id
 */
public record TrainedHead(EncoderArtifact artifact, Map<String, float[]> outOfFold) {}
