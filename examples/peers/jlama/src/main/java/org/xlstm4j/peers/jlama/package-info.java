/**
 * Jlama as a process that is told over its standard streams what to read and decode, for {@code bench inference} to
 * measure beside this project's models. It has jars and a Java release of its own, which the project never loads.
 */
package org.xlstm4j.peers.jlama;
