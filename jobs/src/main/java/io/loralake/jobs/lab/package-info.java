/** The verbs that make the miniature world. */
package io.loralake.jobs.lab;
