/** Trains encoders from a catalog and keeps its embeddings up to date. */
package io.loralake.jobs.alignment;
