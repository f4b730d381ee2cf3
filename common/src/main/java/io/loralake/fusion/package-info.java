/**
 * How adapters enter the model at run time: per sample, per layer, without touching base weights.
 */
package io.loralake.fusion;
