/** Listing web sites on executors, with a state in the catalog that survives a kill. */
package io.loralake.jobs.crawl;
