package io.loralake.jobs.generate;

import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.Serializable;
import java.nio.file.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What tasks need to get hold of the base model, and of adapters, on the machine where they run.
 *
 * @param sites for adapters that were found on the web
 * @param counts is told when a model had to be loaded
 */
public record ModelOnExecutor(
    GenerateOptions options,
    Broadcast<SerializableConfiguration> configuration,
    SiteAccess sites,
    Counts counts)
    implements Serializable {

  FileStore store() {
    return new FileStore(configuration.value().value());
  }

  /**
   * The model of this JVM.
   *
   * @param fingerprint of its files
   */
  public HeldModel hold(final String fingerprint) {
    return HeldModel.of(
        options.model(fingerprint),
        store(),
        sites,
        Path.of(options.scratch()),
        counts::modelLoaded);
  }

  /** The model of a plan, which knows where the plan's adapters lie. */
  public HeldModel hold(final Plan.Header plan) {
    final HeldModel held = hold(plan.model());
    for (final Plan.KnownAdapter adapter : plan.adapters()) {
      held.files()
          .locate(
              adapter.adapterId(),
              adapter.locations().stream()
                  .map(place -> new Listed(place.uri(), place.revision(), place.size()))
                  .toList());
    }
    return held;
  }
}
