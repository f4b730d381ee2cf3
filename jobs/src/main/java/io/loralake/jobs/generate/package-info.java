/** Pictures for many prompts: the command, its job, and the run of one plan. */
package io.loralake.jobs.generate;
