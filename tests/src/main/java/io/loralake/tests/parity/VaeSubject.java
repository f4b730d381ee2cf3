package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.LatentPacking;
import io.loralake.model.Checkpoint;
import io.loralake.model.Weights;
import java.io.IOException;
import java.nio.file.Path;

/** {@code vae/}: the auto-encoder from both kinds of checkpoint, and the packing of latents. */
final class VaeSubject implements ModelSubject {
  private static final double TOLERANCE = 5e-5;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("vae");
    final AutoEncoderConfig config = AutoEncoderConfig.load(folder.resolve("config.json"));
    for (final String file : new String[] {"ae_bfl.safetensors", "vae_diffusers.safetensors"}) {
      try (NDManager manager = backend.newManager();
          Checkpoint checkpoint = Checkpoint.open(folder.resolve(file));
          Weights weights =
              AutoEncoder.loadWeights(config, checkpoint, manager, backend.precision());
          FixtureFile fixture = new FixtureFile(folder.resolve("case.safetensors"))) {
        final Comparison comparison = new Comparison(file, fixture, report, backend);
        final AutoEncoder autoEncoder = new AutoEncoder(config, weights);
        encode(autoEncoder, fixture.array(manager, "encode.image"), comparison);
        decode(autoEncoder, fixture.array(manager, "decode.latent_scaled"), comparison);
        packing(manager, fixture, comparison);
      }
    }
  }

  private static void encode(
      final AutoEncoder autoEncoder, final NDArray image, final Comparison comparison)
      throws IOException {
    final AutoEncoder.Posterior posterior = autoEncoder.encode(image);
    comparison.compare("encode.mean", posterior.mean(), TOLERANCE);
    comparison.compare("encode.logvar", posterior.logvar(), TOLERANCE);
    comparison.compare("encode.latent_scaled", autoEncoder.scale(posterior.mean()), TOLERANCE);
    comparison.compare("encode.moments", autoEncoder.moments(image), TOLERANCE);
  }

  private static void decode(
      final AutoEncoder autoEncoder, final NDArray latent, final Comparison comparison)
      throws IOException {
    final NDArray z = autoEncoder.unscale(latent);
    comparison.compare("decode.vae_input", z, TOLERANCE);
    final NDArray image = autoEncoder.decode(z);
    comparison.compare("decode.image", image, TOLERANCE);
    comparison.compare("decode.image_01", image.div(2).add(0.5f).clip(0, 1), TOLERANCE);
  }

  private static void packing(
      final NDManager manager, final FixtureFile fixture, final Comparison comparison)
      throws IOException {
    final NDArray latent = fixture.array(manager, "pack.latent");
    final Shape shape = latent.getShape();
    comparison.compare("pack.packed", LatentPacking.pack(latent), 0);
    comparison.compare(
        "pack.latent",
        LatentPacking.unpack(
            fixture.array(manager, "pack.packed"), shape.get(2) / 2, shape.get(3) / 2),
        0);
  }
}
