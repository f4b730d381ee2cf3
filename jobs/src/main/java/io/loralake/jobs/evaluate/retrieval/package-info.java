/** Which adapters a prompt finds: heads, sketches, a lake of strangers, the authors' encoder. */
package io.loralake.jobs.evaluate.retrieval;
