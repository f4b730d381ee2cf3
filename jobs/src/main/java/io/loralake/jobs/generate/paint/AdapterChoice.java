package io.loralake.jobs.generate.paint;

import io.loralake.fusion.AdapterCache;
import io.loralake.jobs.generate.output.PictureRecord;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FetchException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * The adapters that a picture really gets.
 *
 * @param replaced those that are missing
 * @param failed why the picture cannot be painted; null when it can
 */
record AdapterChoice(
    Plan.Picture picture,
    List<Plan.ChosenAdapter> adapters,
    List<PictureRecord.MissingAdapter> replaced,
    PictureRecord.MissingAdapter failed) {

  /**
   * Looks whether a picture's adapters can be had; waits for them.
   *
   * @param next whether the next candidate stands in for one that cannot
   */
  static AdapterChoice of(
      final Plan.Picture picture, final AdapterCache cache, final boolean next) {
    final List<Plan.ChosenAdapter> adapters = new ArrayList<>();
    final List<PictureRecord.MissingAdapter> replaced = new ArrayList<>();
    final Iterator<Plan.ChosenAdapter> spares = picture.spares().iterator();
    for (final Plan.ChosenAdapter wanted : picture.adapters()) {
      Plan.ChosenAdapter candidate = wanted;
      PictureRecord.MissingAdapter missing = missing(candidate, cache);
      while (missing != null) {
        if (!next || !spares.hasNext()) {
          return new AdapterChoice(picture, List.of(), replaced, missing);
        }
        replaced.add(missing);
        candidate = spares.next();
        missing = missing(candidate, cache);
      }
      adapters.add(candidate);
    }
    return new AdapterChoice(picture, adapters, replaced, null);
  }

  private static PictureRecord.MissingAdapter missing(
      final Plan.ChosenAdapter adapter, final AdapterCache cache) {
    try {
      cache.lease(adapter.adapterId()).join().close();
      return null;
    } catch (final CompletionException e) {
      if (e.getCause() instanceof RejectedException bad) {
        return missing(adapter, bad.reason(), bad);
      }
      if (e.getCause() instanceof FetchException away) {
        return missing(adapter, away.reason(), away);
      }
      if (e.getCause() instanceof IOException broken) {
        return missing(adapter, Reason.SITE_ERROR, broken);
      }
      throw e;
    }
  }

  private static PictureRecord.MissingAdapter missing(
      final Plan.ChosenAdapter adapter, final Reason reason, final Exception why) {
    return new PictureRecord.MissingAdapter(adapter.adapterId(), reason.name(), why.getMessage());
  }

  boolean canBePainted() {
    return failed == null;
  }
}
