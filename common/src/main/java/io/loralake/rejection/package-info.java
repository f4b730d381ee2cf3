/**
 * Why a file was refused: reason codes that can be counted, and the exception that carries them.
 */
package io.loralake.rejection;
