package io.loralake.source.site;

import java.util.List;

/**
 * A page of a listing.
 *
 * @param next what to ask for the page after it; null at the listing's end
 */
public record Page(List<Item> items, String next) {}
