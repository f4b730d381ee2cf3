/** One picture, here and now. */
package io.loralake.jobs.paint;
