/** The Hugging Face Hub and Civitai as small real servers, with limits, latency and faults. */
package io.loralake.tests.sites;
