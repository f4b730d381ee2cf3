/** Records what enters a base model's layers. */
package io.loralake.jobs.probes;
