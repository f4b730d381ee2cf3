package io.loralake.source.site;

/**
 * What a site says about an adapter, in the form of the file that download tools lay beside it.
 *
 * @param name name of such a file: {@code README.md} with front matter, or {@code civitai.info}
 * @param text its text
 */
public record About(String name, String text) {}
