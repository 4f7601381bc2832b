package org.xlstm4j.distill.corpus;

/**
 * What will be a document, as it stands in its file.
 *
 * @param bytes     its bytes, or {@code null} if it is too long to be read
 * @param line      the number of its first line, from 1
 * @param endOffset where the next one begins, in bytes
 * @param endLine   lines before the next one
 */
record RawRecord(byte[] bytes, long line, long endOffset, long endLine) {

    static boolean isBlank(byte[] bytes, int length) {
        for (var i = 0; i < length; i++) {
            if (bytes[i] > ' ' || bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }
}
