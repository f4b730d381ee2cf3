package io.loralake.source.web;

import java.io.Serializable;

/**
 * Requests that a site counts together.
 *
 * @param name the site's host and the kind of request
 * @param quota requests allowed in a window, until the site says otherwise
 * @param windowSeconds length of the window
 */
public record Lane(String name, long quota, long windowSeconds) implements Serializable {}
