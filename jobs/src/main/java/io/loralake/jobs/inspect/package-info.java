/** What an adapter file holds, without a catalog. */
package io.loralake.jobs.inspect;
