/** Measures retrieval and fusion on a catalog of which the truth is known. */
package io.loralake.jobs.evaluate;
