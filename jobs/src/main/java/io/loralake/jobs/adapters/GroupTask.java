package io.loralake.jobs.adapters;

import ai.djl.ndarray.NDManager;
import io.loralake.adapter.AdapterWriter;
import io.loralake.adapter.FileStyle;
import io.loralake.adapter.LowRank;
import io.loralake.adapter.TrainerMetadata;
import io.loralake.adapter.TrainingFacts;
import io.loralake.diffusion.BaseModel;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.FileHash;
import io.loralake.source.FileStore;
import io.loralake.training.AdapterTraining;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LatentEncoder;
import io.loralake.training.LayerChoice;
import io.loralake.training.LowRankMember;
import io.loralake.training.TrainedAdapter;
import io.loralake.training.TrainingCheckpoint;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains one group of rows on an executor and writes their files. */
final class GroupTask {
  private static final Logger LOG = LoggerFactory.getLogger(GroupTask.class);
  private static final int CHECKPOINT_EVERY = 100;

  private final FileStore store;
  private final BaseModel base;
  private final Run run;
  private final LongConsumer steps;
  private final LayerTable table;

  /**
   * What all tasks of a run have in common.
   *
   * @param baseId fingerprint of the base model
   * @param root URI of the folder that pictures are relative to
   * @param out URI of the folder for files
   */
  record Run(TrainAdaptersOptions options, String baseId, String root, String out)
      implements Serializable {

    /** The folder's own name, which files tell. */
    String baseName() {
      return Path.of(options.base()).toAbsolutePath().normalize().getFileName().toString();
    }
  }

  /**
   * @param steps counts those of every adapter
   */
  GroupTask(final FileStore store, final Run run, final LongConsumer steps) {
    this.store = store;
    this.base = BaseModels.of(run.options().model(run.baseId()));
    this.run = run;
    this.steps = steps;
    this.table = LayerTable.of(base.transformer().config());
  }

  /** A row whose pictures are ready. */
  private record Ready(
      AdapterSpec spec,
      AdapterTraining.Subject subject,
      Map<String, Integer> captions,
      int content,
      List<Outcome.BadPicture> badPictures) {}

  /** What became of each row; {@code specs} agree in steps, batch, rates and size. */
  List<Outcome> run(final List<AdapterSpec> specs) {
    final List<Outcome> outcomes = new ArrayList<>();
    try (NDManager manager = base.manager().newSubManager()) {
      final List<Ready> ready = new ArrayList<>();
      for (final AdapterSpec spec : specs) {
        prepare(manager, spec, ready, outcomes);
      }
      if (!ready.isEmpty()) {
        train(manager, ready, outcomes);
      }
    }
    return outcomes;
  }

  private void prepare(
      final NDManager manager,
      final AdapterSpec spec,
      final List<Ready> ready,
      final List<Outcome> outcomes) {
    final PictureSource source = new PictureSource(store, spec, run.root());
    try {
      final LowRankMember member = member(spec);
      final List<TrainingPicture> pictures = source.read();
      final CaptionedLatents data =
          new LatentEncoder(base.autoEncoder(), base.prompts())
              .encode(manager, pictures, spec.width(), spec.height());
      ready.add(
          new Ready(
              spec,
              new AdapterTraining.Subject(member, data),
              captions(pictures),
              content(pictures),
              List.copyOf(source.bad())));
    } catch (final RejectedException e) {
      outcomes.add(Outcome.quarantined(spec.name(), source.bad(), e));
    } catch (final IOException | RuntimeException e) {
      outcomes.add(Outcome.failed(spec.name(), e));
    }
  }

  private LowRankMember member(final AdapterSpec spec) {
    spec.requireMultiplesOf(base.granularity());
    final List<Layer> layers;
    try {
      layers = LayerChoice.of(spec.layers(), table);
    } catch (final IllegalArgumentException e) {
      throw bad(spec, e.getMessage());
    }
    final FileStyle style = FileStyle.of(spec.naming());
    for (final Layer layer : layers) {
      if (!style.covers(layer)) {
        throw bad(spec, "naming " + style.name() + " has no modules for layer " + layer.name());
      }
      if (spec.rank() > Math.max(layer.inDim(), layer.outDim())) {
        throw bad(spec, "rank " + spec.rank() + " is more than layer " + layer.name() + " has");
      }
    }
    return new LowRankMember(spec.rank(), spec.alpha(), layers, spec.seed());
  }

  private static RejectedException bad(final AdapterSpec spec, final String why) {
    return new RejectedException(Reason.BAD_SPECIFICATION, spec.name() + ": " + why);
  }

  private static Map<String, Integer> captions(final List<TrainingPicture> pictures) {
    final Map<String, Integer> counts = new TreeMap<>();
    pictures.forEach(
        picture -> picture.captions().forEach(caption -> counts.merge(caption, 1, Integer::sum)));
    return counts;
  }

  /** Tells pictures and captions apart from others. */
  private static int content(final List<TrainingPicture> pictures) {
    return pictures.stream()
        .map(picture -> Objects.hash(Arrays.hashCode(picture.pixels()), picture.captions()))
        .toList()
        .hashCode();
  }

  /** When the group cannot be trained together, each alone: one bad row must not cost the rest. */
  private void train(
      final NDManager manager, final List<Ready> ready, final List<Outcome> outcomes) {
    final Optional<Path> checkpoint = checkpoint(ready);
    final List<TrainedAdapter> trained;
    try {
      trained = train(manager, ready, checkpoint);
    } catch (final IOException | RuntimeException e) {
      if (ready.size() == 1) {
        outcomes.add(Outcome.failed(ready.get(0).spec().name(), e));
      } else {
        ready.forEach(each -> train(manager, List.of(each), outcomes));
      }
      return;
    }
    boolean isSettled = false;
    for (int i = 0; i < trained.size(); i++) {
      final Outcome outcome = write(ready.get(i), trained.get(i));
      isSettled |= !outcome.status().equals(Outcome.FAILED);
      outcomes.add(outcome);
    }
    if (isSettled) { // else the same group comes back
      checkpoint.ifPresent(path -> path.toFile().delete());
    }
  }

  private List<TrainedAdapter> train(
      final NDManager manager, final List<Ready> ready, final Optional<Path> checkpoint)
      throws IOException {
    final AdapterSpec first = ready.get(0).spec();
    return new AdapterTraining(
            base.transformer(),
            new AdapterTraining.Options(
                first.steps(), first.batch(), first.learningRate(), first.emptyPrompts()))
        .train(
            manager,
            ready.stream().map(Ready::subject).toList(),
            first.height() / base.granularity(),
            first.width() / base.granularity(),
            checkpoint.map(
                path ->
                    new AdapterTraining.Saving(
                        new TrainingCheckpoint(path, identity(ready)),
                        CHECKPOINT_EVERY,
                        e ->
                            LOG.warn(
                                "train-adapters: goes on without a checkpoint: {}", e.toString()))),
            count -> steps.accept((long) count * ready.size()));
  }

  private Optional<Path> checkpoint(final List<Ready> ready) {
    final String name = ready.get(0).spec().hash(identity(ready)) + ".safetensors";
    return Optional.ofNullable(run.options().checkpoints()).map(folder -> Path.of(folder, name));
  }

  /** Everything that a group's training depends on. */
  private String identity(final List<Ready> ready) {
    return ready.stream()
        .map(each -> "%s %08x".formatted(each.spec().hash(run.baseId()), each.content()))
        .collect(Collectors.joining(" ", base.transformer().weights().precision() + " ", ""));
  }

  private Outcome write(final Ready ready, final TrainedAdapter adapter) {
    final AdapterSpec spec = ready.spec();
    if (!adapter.isFinite()) {
      return Outcome.quarantined(
          spec.name(),
          ready.badPictures(),
          new RejectedException(
              Reason.NON_FINITE,
              spec.name() + ": training left NaN or infinity; a lower learning rate may help"));
    }
    try {
      final Path local = Files.createTempFile("loralake-", ".safetensors");
      try {
        final Map<String, LowRank> layers = adapter.factors();
        new AdapterWriter(FileStyle.of(spec.naming()), spec.storedType(), table)
            .write(local, layers, spec.alpha(), metadata(ready));
        store.put(local, run.out() + "/" + spec.fileName());
        return new Outcome(
            spec.name(),
            Outcome.TRAINED,
            spec.hash(run.baseId()),
            spec.fileName(),
            FileHash.of(local),
            Files.size(local),
            ready.subject().data().captions().length,
            ready.badPictures(),
            adapter.firstLoss(),
            adapter.lastLoss(),
            null,
            null);
      } finally {
        Files.delete(local);
      }
    } catch (final IOException | RuntimeException e) {
      return Outcome.failed(spec.name(), e);
    }
  }

  private Map<String, String> metadata(final Ready ready) {
    final AdapterSpec spec = ready.spec();
    return TrainerMetadata.parse(spec.metadata())
        .of(
            new TrainingFacts(
                spec.name(),
                run.baseName(),
                spec.rank(),
                spec.alpha(),
                spec.steps(),
                spec.batch(),
                spec.learningRate(),
                spec.seed(),
                ready.subject().data().captions().length,
                spec.width(),
                spec.height(),
                ready.captions()));
  }
}
