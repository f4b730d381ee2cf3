/** How jobs meet cluster and command line: sessions, shared options, progress, what a JVM holds. */
package io.loralake.jobs.runtime;
