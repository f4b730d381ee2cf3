package io.loralake.jobs.generate.paint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.Conditioning;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.generate.output.GateMeans;
import io.loralake.jobs.generate.output.Outcome;
import io.loralake.jobs.generate.output.Part;
import io.loralake.jobs.generate.output.PictureRecord;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.rejection.Reason;
import io.loralake.tensor.NotEnoughMemoryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.codec.digest.DigestUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Paints the batches of one task. */
public final class BatchTask {
  private static final Logger LOG = LoggerFactory.getLogger(BatchTask.class);

  private final GenerateOptions options;
  private final PictureTelling telling;
  private final PlanEmbeddings embeddings;
  private final HeldModel held;
  private final Painter painter;
  private final Runnable halved;

  /**
   * @param known what the catalog says of adapters, by id
   * @param embeddings of adapters and prompts, for gates that ask for them
   * @param halved is told when a batch did not fit into memory
   */
  public BatchTask(
      final GenerateOptions options,
      final Plan.Header header,
      final Map<String, Plan.KnownAdapter> known,
      final PlanEmbeddings embeddings,
      final HeldModel held,
      final Runnable halved) {
    this.options = options;
    this.telling = new PictureTelling(options, header, known, embeddings, held);
    this.held = held;
    this.embeddings = embeddings;
    this.painter = new Painter(held, options.fusion(), options.gates());
    this.halved = halved;
  }

  /**
   * A batch of which all but the transformer's work is done.
   *
   * @param choices one for each picture; those that cannot be painted are computed along without
   *     adapters, so that the others' batch stays what it was
   * @param conditioning null when no picture can be painted, or it did not fit into memory
   */
  private record Ready(
      Plan.Batch batch,
      List<AdapterChoice> choices,
      List<Painter.Sample> samples,
      Conditioning conditioning,
      double adapterSeconds,
      double textSeconds) {}

  /** A finished batch. */
  public interface Sink {
    void take(Plan.Batch batch, Part part) throws IOException;
  }

  /**
   * Paints batches, each as soon as its own adapters and text features are there. Where the sides
   * of the model take turns, the text models have theirs once, for all batches.
   */
  public void paint(final List<Plan.Batch> batches, final Sink sink) throws IOException {
    final int together = held.model().takesTurns() ? batches.size() : 1;
    prefetch(batches, 0);
    for (int from = 0; from < batches.size(); from += together) {
      try (NDManager manager = held.model().manager().newSubManager()) {
        final List<Ready> ready = prepare(manager, batches, from, from + together);
        paint(manager, ready, sink);
      }
    }
  }

  /** Prepares batches {@code from} to {@code to}; adapters of the one after each are on the way. */
  private List<Ready> prepare(
      final NDManager manager, final List<Plan.Batch> batches, final int from, final int to) {
    final List<Ready> ready = new ArrayList<>();
    try (BaseModel.Turn turn = held.model().textTurn()) {
      for (int i = from; i < to; i++) {
        prefetch(batches, i + 1);
        ready.add(prepare(manager, batches.get(i)));
      }
    }
    return ready;
  }

  private void prefetch(final List<Plan.Batch> batches, final int index) {
    if (index < batches.size()) {
      batches.get(index).pictures().stream()
          .flatMap(picture -> picture.adapters().stream())
          .map(Plan.ChosenAdapter::adapterId)
          .distinct()
          .forEach(held.cache()::prefetch);
    }
  }

  private Ready prepare(final NDManager manager, final Plan.Batch batch) {
    try {
      return prepared(manager, batch);
    } catch (final RuntimeException | OutOfMemoryError e) {
      if (!isOutOfMemory(e)) {
        throw e;
      }
      LOG.warn("Adapters or prompts of batch {} do not fit into memory", batch.number(), e);
      final List<AdapterChoice> planned =
          batch.pictures().stream()
              .map(each -> new AdapterChoice(each, each.adapters(), List.of(), null))
              .toList();
      return new Ready(batch, planned, List.of(), null, 0, 0);
    }
  }

  private Ready prepared(final NDManager manager, final Plan.Batch batch) {
    final long start = System.nanoTime();
    final List<AdapterChoice> choices =
        batch.pictures().stream()
            .map(picture -> AdapterChoice.of(picture, held.cache(), options.nextOnMissing()))
            .toList();
    final double adapters = secondsSince(start);
    final long text = System.nanoTime();
    if (choices.stream().noneMatch(AdapterChoice::canBePainted)) {
      return new Ready(batch, choices, List.of(), null, adapters, 0);
    }
    final List<Painter.Sample> samples = samples(choices);
    final Conditioning conditioning = painter.condition(manager, samples);
    return new Ready(batch, choices, samples, conditioning, adapters, secondsSince(text));
  }

  private List<Painter.Sample> samples(final List<AdapterChoice> choices) {
    final List<float[]> prompts =
        embeddings.ofPrompts(choices.stream().map(choice -> choice.picture().prompt()).toList());
    final List<Painter.Sample> samples = new ArrayList<>();
    for (int i = 0; i < choices.size(); i++) {
      samples.add(
          new Painter.Sample(
              choices.get(i).picture().request(),
              choices.get(i).adapters().stream()
                  .map(
                      chosen ->
                          new Painter.Term(
                              chosen.adapterId(),
                              chosen.scale(),
                              embeddings.ofAdapter(chosen.adapterId())))
                  .toList(),
              prompts.get(i)));
    }
    return samples;
  }

  private void paint(final NDManager manager, final List<Ready> ready, final Sink sink)
      throws IOException {
    try (BaseModel.Turn turn = held.model().paintingTurn()) {
      for (int i = 0; i < ready.size(); i++) {
        if (i + 1 < ready.size()) {
          prefetch(ready.get(i + 1));
        }
        sink.take(ready.get(i).batch(), part(manager, ready.get(i)));
      }
    }
  }

  /** Starts to load what may have left the cache since it was prepared. */
  private void prefetch(final Ready batch) {
    batch.samples().stream()
        .flatMap(sample -> sample.adapters().stream())
        .map(Painter.Term::adapterId)
        .distinct()
        .forEach(held.cache()::prefetch);
  }

  private record Picture(
      NDArray pixels, float[] prompt, PictureRecord.Company company, Map<String, Double> gates) {}

  /** What became of pictures that were painted together or in halves. */
  private static final class Result {
    /** By position in the batch; those that did not fit into memory are absent. */
    private final Map<Integer, Picture> pictures = new HashMap<>();

    private final List<GateMeans.Sums> sums = new ArrayList<>();
  }

  private Part part(final NDManager manager, final Ready batch) {
    final Map<String, Map<String, byte[]>> files = new LinkedHashMap<>();
    final List<Outcome> outcomes = new ArrayList<>();
    final Result result = new Result();
    try (NDManager run = manager.newSubManager()) {
      final long start = System.nanoTime();
      if (batch.conditioning() != null) {
        paint(run, batch, 0, batch.choices().size(), result);
      }
      final double painting = secondsSince(start);
      final long encode = System.nanoTime();
      for (int i = 0; i < batch.choices().size(); i++) {
        outcomes.add(outcome(batch.choices().get(i), i, result, files));
      }
      return new Part(
          files,
          new Part.Facts(
              outcomes,
              new Part.Seconds(
                  batch.textSeconds(), batch.adapterSeconds(), painting, secondsSince(encode)),
              result.sums));
    }
  }

  /**
   * Paints pictures {@code from} to {@code to}, in halves where memory does not do for all. A
   * picture that does not fit alone is left out: what fits later depends on what other tasks do, so
   * each is tried.
   */
  private void paint(
      final NDManager run, final Ready batch, final int from, final int to, final Result result) {
    final List<Painter.Sample> samples = batch.samples().subList(from, to);
    final long pixels = samples.stream().mapToLong(BatchTask::pixels).sum();
    if (!held.mayFit(pixels) && to - from > 1) {
      paintHalves(run, batch, from, to, result);
      return;
    }
    final Painter.Painted painted;
    try (NDManager scope = run.newSubManager()) {
      painted = painter.paint(run, samples, batch.conditioning().slice(scope, from, to));
    } catch (final RuntimeException | OutOfMemoryError e) {
      if (!isOutOfMemory(e)) {
        throw e;
      }
      if (to - from == 1) {
        LOG.warn("{} does not fit into memory", batch.choices().get(from).picture().key(), e);
        return;
      }
      LOG.warn("{} pictures at once do not fit into memory; painting them in halves", to - from);
      halved.run();
      if (!(e instanceof NotEnoughMemoryException)) {
        held.didNotFit(pixels);
      }
      paintHalves(run, batch, from, to, result);
      return;
    }
    for (int i = 0; i < samples.size(); i++) {
      result.pictures.put(
          from + i,
          new Picture(
              painted.pictures().get(i),
              samples.get(i).prompt(),
              telling.company(samples, i, batch.choices().size()),
              painted.gates().ofSample(i)));
    }
    if (painted.gates().sums() != null) {
      result.sums.add(painted.gates().sums());
    }
  }

  private void paintHalves(
      final NDManager run, final Ready batch, final int from, final int to, final Result result) {
    final int middle = (from + to) / 2;
    paint(run, batch, from, middle, result);
    paint(run, batch, middle, to, result);
  }

  private static long pixels(final Painter.Sample sample) {
    return (long) sample.request().width() * sample.request().height();
  }

  /**
   * CUDA's allocator, its libraries, the host's allocator, and the JVM say it in words of their
   * own, or it is a cause.
   */
  static boolean isOutOfMemory(final Throwable failure) {
    final String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return failure instanceof OutOfMemoryError
        || message.contains("out of memory")
        || message.contains("status_alloc_failed")
        || message.contains("can't allocate memory")
        || message.contains("not enough memory")
        || failure.getCause() != null && isOutOfMemory(failure.getCause());
  }

  private Outcome outcome(
      final AdapterChoice choice,
      final int position,
      final Result result,
      final Map<String, Map<String, byte[]>> files) {
    final String key = choice.picture().key();
    if (!choice.canBePainted()) {
      return telling.failed(choice, choice.failed().reason(), choice.failed().message());
    }
    final Picture picture = result.pictures.get(position);
    if (picture == null) {
      return telling.failed(
          choice, Reason.OUT_OF_MEMORY.name(), "the picture does not fit into memory");
    }
    if (!Float.isFinite(picture.pixels().sum().getFloat())) {
      return telling.failed(
          choice, Reason.NON_FINITE.name(), "the picture has NaN or infinity" + held.notFinite());
    }
    final PictureRecord told =
        telling.painted(choice, picture.prompt(), picture.gates(), picture.company());
    final byte[] encoded = told.encode(picture.pixels());
    final Map<String, byte[]> members = new LinkedHashMap<>();
    members.put(options.format().extension(), encoded);
    members.put("txt", choice.picture().prompt().getBytes(StandardCharsets.UTF_8));
    members.put("json", told.toJson().getBytes(StandardCharsets.UTF_8));
    files.put(key, members);
    return new Outcome(key, Outcome.SUCCESS, DigestUtils.sha256Hex(encoded), null, null, told);
  }

  private static double secondsSince(final long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
