/** How jobs meet the cluster: what its settings are, progress, and what a JVM holds. */
package io.loralake.jobs.runtime;
