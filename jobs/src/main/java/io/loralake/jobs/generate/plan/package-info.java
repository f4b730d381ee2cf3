/** What is to be painted: rows of prompts, the adapters found for them, batches and tasks. */
package io.loralake.jobs.generate.plan;
