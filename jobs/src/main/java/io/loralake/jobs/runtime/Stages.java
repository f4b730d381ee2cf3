package io.loralake.jobs.runtime;

import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what a job is at, on the console and as the job group of the Spark jobs that follow. */
public final class Stages {
  private static final Logger LOG = LoggerFactory.getLogger(Stages.class);

  private final JavaSparkContext context;
  private final String verb;

  /**
   * @param verb the job's name, as on the command line
   */
  public Stages(final JavaSparkContext context, final String verb) {
    this.context = context;
    this.verb = verb;
  }

  /**
   * A stage lasts until the next one begins.
   *
   * @param name a word in capitals; the group is called after the verb and it
   */
  public void begin(final String name, final String description) {
    context.setJobGroup(verb.toUpperCase(Locale.ROOT) + "-" + name, description);
    LOG.info("{}: {}", verb, description);
  }

  /** What this thread asks of Spark from now on belongs to no stage. */
  public void end() {
    context.clearJobGroup();
  }
}
