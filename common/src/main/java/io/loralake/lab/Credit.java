package io.loralake.lab;

/**
 * Whose work a package is.
 *
 * @param npm name of the npm package
 * @param version of the npm package
 * @param title name of the work
 * @param author who made it
 * @param url where it comes from
 * @param licence SPDX identifier
 */
record Credit(
    String npm, String version, String title, String author, String url, String licence) {}
