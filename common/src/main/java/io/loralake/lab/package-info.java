/**
 * The miniature world: open emoji pictures, and the training of an auto-encoder and of a base model
 * on them. The models are the ordinary ones in another configuration.
 */
package io.loralake.lab;
