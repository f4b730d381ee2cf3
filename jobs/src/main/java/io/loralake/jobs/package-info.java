/** The Spark edge: one class per job, the Delta catalog, the command line. */
package io.loralake.jobs;
