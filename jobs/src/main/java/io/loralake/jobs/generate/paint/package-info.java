/** What a task does: a batch painted with its adapters, timed, and painted again. */
package io.loralake.jobs.generate.paint;
