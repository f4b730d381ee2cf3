/** {@code loralake index}: files become rows. Listing, changes, work on executors, merge. */
package io.loralake.jobs.index;
