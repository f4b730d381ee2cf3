/** Speed beside the Python implementations, measured in one run by alternating repetitions. */
package io.loralake.tests.bench;
