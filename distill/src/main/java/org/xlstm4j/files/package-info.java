/**
 * Files and folders that are either whole or not there: {@link org.xlstm4j.files.AtomicWrite}. Files read whatever they
 * are compressed by: {@link org.xlstm4j.files.Compressed}.
 */
package org.xlstm4j.files;
