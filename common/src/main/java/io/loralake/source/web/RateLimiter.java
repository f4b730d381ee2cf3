package io.loralake.source.web;

/** Keeps the requests of all executors within what each site allows. */
public interface RateLimiter {

  /**
   * Takes the next free turn of a lane.
   *
   * @return nanoseconds until then
   */
  long reserve(Lane lane);

  /** Nanoseconds for which the site wants to hear nothing more in this lane. */
  long paused(Lane lane);

  /** Hears what an answer says about the site's limits. */
  void hear(Lane lane, Pace pace);
}
