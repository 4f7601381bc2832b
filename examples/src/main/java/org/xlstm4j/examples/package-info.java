/**
 * Short programs for DL4J users, each one idea, each with a {@code main} to run.
 */
package org.xlstm4j.examples;
