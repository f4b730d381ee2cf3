/** Finds adapters for prompts, by their weights. */
package io.loralake.jobs.search;
