/** What is left: parts of batches, shards, rows of outcomes, manifest, report, and card. */
package io.loralake.jobs.generate.output;
