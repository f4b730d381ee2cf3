/** Trains gates from a catalog, the files of its adapters, and pictures. */
package io.loralake.jobs.gates;
