/** The Spark edge: the command line; below, a folder for each verb, and the Delta catalog. */
package io.loralake.jobs;
