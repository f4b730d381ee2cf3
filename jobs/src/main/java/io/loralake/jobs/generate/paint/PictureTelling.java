package io.loralake.jobs.generate.paint;

import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.generate.output.Outcome;
import io.loralake.jobs.generate.output.PictureRecord;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.jobs.runtime.Version;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What is told of a batch's pictures: the JSON beside each, and whom it shared the batch with. */
final class PictureTelling {
  private final GenerateOptions options;
  private final Plan.Header header;
  private final Map<String, Plan.KnownAdapter> known;
  private final PlanEmbeddings embeddings;
  private final HeldModel held;

  /**
   * @param known what the catalog says of adapters, by id
   * @param embeddings of adapters, for gates that ask for them
   * @param held the model that paints
   */
  PictureTelling(
      final GenerateOptions options,
      final Plan.Header header,
      final Map<String, Plan.KnownAdapter> known,
      final PlanEmbeddings embeddings,
      final HeldModel held) {
    this.options = options;
    this.header = header;
    this.known = known;
    this.embeddings = embeddings;
    this.held = held;
  }

  /** A picture with the adapters that it got. */
  PictureRecord painted(
      final AdapterChoice choice,
      final float[] prompt,
      final Map<String, Double> gates,
      final PictureRecord.Company company) {
    return told(choice, choice.adapters(), prompt, gates, company);
  }

  /** A picture that could not be painted. */
  Outcome failed(final AdapterChoice choice, final String reason, final String message) {
    return new Outcome(
        choice.picture().key(),
        Outcome.FAILED,
        null,
        reason,
        message,
        told(choice, choice.picture().adapters(), null, null, null));
  }

  private PictureRecord told(
      final AdapterChoice choice,
      final List<Plan.ChosenAdapter> adapters,
      final float[] prompt,
      final Map<String, Double> gates,
      final PictureRecord.Company company) {
    final Plan.Picture picture = choice.picture();
    return new PictureRecord(
        picture.key(),
        picture.prompt(),
        picture.negativePrompt(),
        picture.seed(),
        picture.noiseSeed(),
        picture.width(),
        picture.height(),
        picture.steps(),
        picture.guidance(),
        picture.trueGuidance(),
        adapters.stream().map(this::used).toList(),
        choice.replaced(),
        prompt,
        options.fusion(),
        gates,
        Path.of(options.base()).getFileName().toString(),
        header.model(),
        options.precision().toString(),
        held.model().manager().getDevice().getDeviceType(),
        options.format().toString(),
        header.catalog(),
        header.adaptersVersion(),
        header.embeddingsVersion(),
        header.encoder(),
        Version.current(),
        company);
  }

  private PictureRecord.UsedAdapter used(final Plan.ChosenAdapter chosen) {
    final Plan.KnownAdapter facts = known.get(chosen.adapterId());
    return facts == null
        ? new PictureRecord.UsedAdapter(
            chosen.adapterId(), null, null, null, null, chosen.score(), chosen.scale(), null)
        : new PictureRecord.UsedAdapter(
            chosen.adapterId(),
            uri(facts),
            facts.title(),
            facts.creator(),
            facts.terms(),
            chosen.score(),
            chosen.scale(),
            embeddings.ofAdapter(chosen.adapterId()));
  }

  /** The other pictures of a batch, whose adapters decide about last bits. */
  PictureRecord.Company company(
      final List<Painter.Sample> samples, final int position, final int prompts) {
    final List<String> ids =
        samples.stream()
            .flatMap(sample -> sample.adapters().stream())
            .map(Painter.Term::adapterId)
            .distinct()
            .toList();
    return new PictureRecord.Company(
        position,
        prompts,
        ids.stream().map(id -> new PictureRecord.AdapterFile(id, uri(known.get(id)))).toList(),
        samples.stream()
            .map(sample -> sample.adapters().stream().map(term -> slot(ids, term)).toList())
            .toList());
  }

  private static PictureRecord.Slot slot(final List<String> ids, final Painter.Term term) {
    return new PictureRecord.Slot(ids.indexOf(term.adapterId()), term.scale());
  }

  /** Where an adapter was read; of one that was not, the first place that the plan knows. */
  private String uri(final Plan.KnownAdapter facts) {
    final List<String> places = facts.locations().stream().map(Plan.Location::uri).toList();
    return held.files()
        .source(facts.adapterId())
        .filter(places::contains) // an earlier plan may have read it elsewhere
        .or(() -> places.stream().findFirst())
        .orElse(null);
  }
}
