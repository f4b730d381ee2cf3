/**
 * The safetensors file format: 8 bytes of header length, a JSON header, data. A header is checked
 * completely before any tensor is touched, and nothing is allocated because it claims so.
 */
package io.loralake.safetensors;
