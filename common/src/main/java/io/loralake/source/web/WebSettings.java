package io.loralake.source.web;

import java.io.Serializable;
import java.time.Duration;

/**
 * How to behave towards web servers.
 *
 * @param userAgent names the project
 * @param tokens what to prove who we are with
 * @param connections requests at a time to one host from one JVM
 * @param attempts how often a request is sent before it counts as failed
 * @param patience longest wait that a site may ask for
 * @param stall an answer must begin, and bring {@link Web#MIN_BYTES_A_SECOND}, within such a time
 * @param deadlineMillis nothing is waited for beyond this time of the clock
 */
public record WebSettings(
    String userAgent,
    Tokens tokens,
    int connections,
    int attempts,
    Duration patience,
    Duration stall,
    long deadlineMillis)
    implements Serializable {}
