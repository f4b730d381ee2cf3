/**
 * Numeric parity with the public reference implementations, on any directory laid out like
 * tests/fixtures.
 */
package io.loralake.tests.parity;
