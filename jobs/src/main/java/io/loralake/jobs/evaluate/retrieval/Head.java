package io.loralake.jobs.evaluate.retrieval;

/**
 * A head that is compared.
 *
 * @param seeded whether seeds matter to it
 * @param experiment how it is trained
 */
record Head(String name, boolean seeded, Experiment experiment) {}
