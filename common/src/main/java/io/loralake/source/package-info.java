/** Where adapter files come from: listing, ranged reads, local copies. Hadoop stays in here. */
package io.loralake.source;
