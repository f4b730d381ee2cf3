package io.loralake.jobs.generate.paint;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.generate.output.PictureRecord;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.jobs.runtime.ModelOnDevice;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.Version;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Makes a picture again from the JSON beside it: bit for bit on the same kind of device. The batch
 * that it was in is made again as well, with this picture in every place, for the adapters of its
 * company decide which kernels compute.
 */
public final class Repainting {
  private final ModelFolder folder;
  private final String base;
  private final Device device;
  private final FileStore store;
  private final SiteAccess sites;
  private final Path scratch;
  private final Consumer<String> warnings;

  /**
   * @param base folder of the base model
   * @param sites for adapters that were found on the web
   * @param scratch folder for adapters that are downloaded
   * @param warnings is told what may make a difference
   */
  public Repainting(
      final String base,
      final Device device,
      final FileStore store,
      final SiteAccess sites,
      final Path scratch,
      final Consumer<String> warnings)
      throws IOException {
    this.folder = ModelFolder.open(Path.of(base));
    this.base = base;
    this.device = device;
    this.store = store;
    this.sites = sites;
    this.scratch = scratch;
    this.warnings = warnings;
  }

  /**
   * Reads the JSON of a picture.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static PictureRecord read(final Path json) throws IOException {
    try {
      final PictureRecord picture =
          Lines.JSON.readValue(Files.readAllBytes(json), PictureRecord.class);
      if (picture == null || !picture.suffices()) {
        throw new IllegalArgumentException(json + " is not the JSON of a picture that was painted");
      }
      return picture;
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          json + " is not the JSON of a picture: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The bytes of the picture's file.
   *
   * @param gates path of the gates; null where the picture has none
   * @throws IllegalArgumentException when the base is another, or an adapter of the picture is gone
   */
  public byte[] paint(final PictureRecord picture, final String gates) throws IOException {
    final String fingerprint = folder.fingerprint();
    if (!fingerprint.equals(picture.modelFingerprint())) {
      throw new IllegalArgumentException(
          "The picture was painted by %s, weights %s; %s has weights %s"
              .formatted(picture.model(), picture.modelFingerprint(), base, fingerprint));
    }
    if (!Version.current().equals(picture.version())) {
      warnings.accept(
          "the picture was painted by version %s, this is %s"
              .formatted(picture.version(), Version.current()));
    }
    if (!device.getDeviceType().equals(picture.device())) {
      warnings.accept(
          "the picture was painted on %s, this is %s"
              .formatted(picture.device(), device.getDeviceType()));
    }
    final HeldModel held =
        HeldModel.of(
            new ModelOnDevice(base, fingerprint, device, Precision.parse(picture.dtype()), false),
            store,
            sites,
            scratch,
            () -> {});
    final List<Painter.Sample> samples = samples(picture, held);
    final Painter painter = new Painter(held, picture.fusion(), gates);
    try (NDManager run = held.model().manager().newSubManager()) {
      final List<Painter.Sample> encoded =
          picture.company().prompts() == samples.size()
              ? samples
              : Collections.nCopies(picture.company().prompts(), own(picture));
      return picture.encode(
          painter
              .paint(run, samples, painter.condition(run, encoded).slice(run, 0, samples.size()))
              .pictures()
              .get(picture.company().position()));
    }
  }

  private static Painter.Sample own(final PictureRecord picture) {
    return new Painter.Sample(
        picture.request(),
        picture.adapters().stream()
            .map(each -> new Painter.Term(each.adapterId(), each.scale(), each.embedding()))
            .toList(),
        picture.promptEmbedding());
  }

  private List<Painter.Sample> samples(final PictureRecord picture, final HeldModel held)
      throws IOException {
    final PictureRecord.Company company = picture.company();
    final Painter.Sample own = own(picture);
    final Map<String, Throwable> gone = new HashMap<>();
    for (final PictureRecord.AdapterFile file : company.files()) {
      held.files()
          .locate(
              file.adapterId(),
              List.of(
                  new Listed(
                      Sites.isWeb(file.uri()) ? file.uri() : store.qualify(file.uri()),
                      "",
                      Listed.UNKNOWN)));
      try {
        held.cache().lease(file.adapterId()).join().close();
      } catch (final CompletionException e) {
        gone.put(file.adapterId(), e.getCause());
      }
    }
    for (final PictureRecord.UsedAdapter used : picture.adapters()) {
      final Throwable why = gone.get(used.adapterId());
      if (why != null) {
        throw new IllegalArgumentException(
            "Adapter %s cannot be had from %s: %s. If the catalog has it elsewhere, write that place wherever the JSON names this one"
                .formatted(used.adapterId(), used.uri(), why.getMessage()),
            why);
      }
    }
    final List<Painter.Sample> samples = new ArrayList<>();
    for (int i = 0; i < company.adapters().size(); i++) {
      final List<PictureRecord.Slot> slots = company.adapters().get(i);
      final boolean complete =
          slots.stream()
              .noneMatch(slot -> gone.containsKey(company.files().get(slot.file()).adapterId()));
      if (i != company.position() && !complete) {
        warnings.accept("an adapter of another picture of the batch is gone: last bits may differ");
        samples.add(own);
      } else {
        samples.add(i == company.position() ? own : inPlaceOf(slots, company.files(), own));
      }
    }
    return samples;
  }

  /**
   * The same picture, but with the adapters of another one of the batch. What gates know of them
   * changes no kernel; but adapters that were equal there must be equal here.
   */
  private static Painter.Sample inPlaceOf(
      final List<PictureRecord.Slot> slots,
      final List<PictureRecord.AdapterFile> files,
      final Painter.Sample own) {
    final Map<String, float[]> embeddings = new HashMap<>();
    own.adapters().forEach(term -> embeddings.put(term.adapterId(), term.embedding()));
    final float[] any = own.adapters().isEmpty() ? own.prompt() : own.adapters().get(0).embedding();
    return new Painter.Sample(
        own.request(),
        slots.stream()
            .map(
                slot -> {
                  final String id = files.get(slot.file()).adapterId();
                  return new Painter.Term(id, slot.scale(), embeddings.getOrDefault(id, any));
                })
            .toList(),
        own.prompt() == null ? null : own.prompt().clone());
  }
}
