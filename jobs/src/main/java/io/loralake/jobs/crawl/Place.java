package io.loralake.jobs.crawl;

import java.io.Serializable;

/**
 * Where the listing of a source goes on.
 *
 * @param crawl id of this attempt to list it
 * @param number of the page to come
 * @param cursor what to ask for; null for the first page
 */
record Place(String source, String crawl, int number, String cursor) implements Serializable {}
