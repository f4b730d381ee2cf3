package io.loralake.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What people say about an adapter: from the file's own header, from files beside it, from a site.
 * Kept as it was found and never trusted: no number of the update depends on it.
 *
 * @param title a name for people; null when unknown, as every other single value
 * @param trainer the program that made the file
 * @param baseDeclared the base model it claims to be for
 * @param rankDeclared the rank that the trainer was asked for, as written
 * @param alphaDeclared alpha, likewise
 * @param creator who published it
 * @param licence licence identifier or name
 * @param permissions what a site's licence fields allow, by field name
 * @param nsfwLevel a site's bit set of content levels
 * @param resolution training resolution as written
 * @param triggerWords words or phrases that call for the adapter
 * @param captions sentences that describe what it does
 * @param tags keywords
 * @param tagFrequencies training captions' tags with counts, most frequent first
 */
public record AdapterMetadata(
    String title,
    String trainer,
    String baseDeclared,
    String rankDeclared,
    String alphaDeclared,
    String creator,
    String licence,
    Map<String, String> permissions,
    Integer nsfwLevel,
    String resolution,
    List<String> triggerWords,
    List<String> captions,
    List<String> tags,
    Map<String, Integer> tagFrequencies) {

  /** Nothing is known. */
  public static final AdapterMetadata NOTHING =
      new AdapterMetadata(
          null, null, null, null, null, null, null, Map.of(), null, null, List.of(), List.of(),
          List.of(), Map.of());

  public AdapterMetadata {
    permissions = Collections.unmodifiableMap(new LinkedHashMap<>(permissions));
    tagFrequencies = Collections.unmodifiableMap(new LinkedHashMap<>(tagFrequencies));
    triggerWords = List.copyOf(triggerWords);
    captions = List.copyOf(captions);
    tags = List.copyOf(tags);
  }

  /** What a safetensors header's {@code __metadata__} says. */
  public static AdapterMetadata ofHeader(final Map<String, String> header) {
    return HeaderMetadata.parse(header);
  }

  /**
   * This, completed by {@code other}: single values that are missing here, and all lists joined.
   */
  public AdapterMetadata and(final AdapterMetadata other) {
    return new AdapterMetadata(
        first(title, other.title),
        first(trainer, other.trainer),
        first(baseDeclared, other.baseDeclared),
        first(rankDeclared, other.rankDeclared),
        first(alphaDeclared, other.alphaDeclared),
        first(creator, other.creator),
        first(licence, other.licence),
        join(permissions, other.permissions),
        first(nsfwLevel, other.nsfwLevel),
        first(resolution, other.resolution),
        join(triggerWords, other.triggerWords),
        join(captions, other.captions),
        join(tags, other.tags),
        join(tagFrequencies, other.tagFrequencies));
  }

  private static <T> T first(final T mine, final T others) {
    return mine != null ? mine : others;
  }

  private static List<String> join(final List<String> mine, final List<String> others) {
    final Set<String> all = new LinkedHashSet<>(mine);
    all.addAll(others);
    return List.copyOf(all);
  }

  private static <T> Map<String, T> join(final Map<String, T> mine, final Map<String, T> others) {
    final Map<String, T> all = new LinkedHashMap<>(others);
    all.putAll(mine);
    return all;
  }
}
