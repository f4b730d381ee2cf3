/** Options that several verbs have, what they allow, and how their values are read. */
package io.loralake.jobs.options;
