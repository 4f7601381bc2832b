package org.xlstm4j.distill.corpus;

import java.nio.file.Path;
import java.util.List;

/**
 * Some records of a file, to be tokenised together.
 *
 * @param path     the file
 * @param format   what it holds
 * @param pass     the source's pass that they are read in
 * @param file     files of the pass before this one
 * @param records  the records, possibly none
 * @param isEmpty  whether the file has ended and there was no record in all of it
 * @param passEnds whether the pass has ended with them
 */
record RawChunk(Path path, Format format, int pass, int file, List<RawRecord> records, boolean isEmpty,
                boolean passEnds) {
}
