package io.loralake.source.site;

import java.util.List;

/**
 * A repository or model of a listing.
 *
 * @param key its URI: {@code hf://owner/name}, {@code civitai://models/1}
 * @param revision changes when any of its offers does; null when the listing does not say
 * @param offers its files; null when the site must be asked for them
 */
public record Item(String key, String revision, List<Offer> offers) {}
