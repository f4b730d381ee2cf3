/**
 * Where adapter files come from: listing, ranged reads, local copies. Hadoop stays in here and
 * below.
 */
package io.loralake.source;
