/** What a FLUX model is made of: its configuration and the table of its linear layers. */
package io.loralake.model;
