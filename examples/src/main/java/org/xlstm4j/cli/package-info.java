/**
 * The command line: one class a command, run by {@link org.xlstm4j.cli.Main}. Results go to standard output, progress
 * and errors to standard error; the exit code is 0, 1 when a command failed, or 2 when it was misused.
 */
package org.xlstm4j.cli;
