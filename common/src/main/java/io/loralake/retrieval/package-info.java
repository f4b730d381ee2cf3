/**
 * Exact nearest neighbours by dot product, and how well they answer. Letters: Q queries, N rows, E
 * width.
 */
package io.loralake.retrieval;
