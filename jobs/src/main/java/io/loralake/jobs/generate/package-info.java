/** Pictures for many prompts: plan, execution on executors, shards, reports. */
package io.loralake.jobs.generate;
