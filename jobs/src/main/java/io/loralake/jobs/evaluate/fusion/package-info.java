/**
 * What several adapters in one picture are worth: gates beside the plain ways, by loss and hits.
 */
package io.loralake.jobs.evaluate.fusion;
