package org.xlstm4j.safetensors;

import java.io.IOException;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** CRC-32C of arrays' elements: what tells whether they came back from a file as they went. */
public final class ArrayChecksum {

    private ArrayChecksum() {
    }

    /** The checksum of the elements as float32, row-major, in the machine's byte order; the shape does not matter. */
    public static int of(INDArray array) throws IOException {
        var crc = new CRC32C();
        ArrayMemory.forEachChunk(array, DataType.FLOAT, (from, elements) -> crc.update(elements));
        return (int) crc.getValue();
    }
}
