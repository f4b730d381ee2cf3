/** Pictures as files. */
package io.loralake.output;
