/**
 * What a FLUX model is made of: its configuration, the table of its linear layers, weights from
 * checkpoints of any layout, and the place where adapters enter ({@link io.loralake.model.Fusion}).
 */
package io.loralake.model;
