/** The Delta tables of a catalog: their columns, their identity, and commits that end well. */
package io.loralake.jobs.catalog;
