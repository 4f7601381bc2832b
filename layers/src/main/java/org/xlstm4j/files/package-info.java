/** Files and folders that are either whole or not there: {@link org.xlstm4j.files.AtomicWrite}. */
package org.xlstm4j.files;
