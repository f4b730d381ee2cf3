/**
 * The miniature world: open emoji pictures, the training of an auto-encoder, a base model and a
 * picture classifier on them, and the specification of the zoo. The models are the ordinary ones in
 * another configuration.
 */
package io.loralake.lab;
