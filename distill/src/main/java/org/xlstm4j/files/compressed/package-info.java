/** Files read whatever they are compressed by: {@link org.xlstm4j.files.compressed.Compressed}. */
package org.xlstm4j.files.compressed;
