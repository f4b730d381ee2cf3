/** The job that trains adapters, many at once. */
package io.loralake.jobs.adapters;
