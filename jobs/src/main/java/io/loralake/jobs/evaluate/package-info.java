/** Measures retrieval and fusion on a catalog: the command, and the truth that both ask. */
package io.loralake.jobs.evaluate;
