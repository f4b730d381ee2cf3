/** How jobs meet the cluster: sessions, progress, what a JVM holds for its tasks. */
package io.loralake.jobs.runtime;
