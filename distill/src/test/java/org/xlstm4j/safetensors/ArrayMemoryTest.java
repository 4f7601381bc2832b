package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The ways around an array's own memory, which only a GPU needs, against those through it. */
class ArrayMemoryTest {
    private static final int ELEMENTS = 2 * ArrayMemory.CHUNK_ELEMENTS + 6;

    private static void count(long from, ByteBuffer elements, DataType type) {
        for (int i = 0; i < elements.remaining() / type.width(); i++) {
            switch (type) {
                case FLOAT -> elements.putFloat(Float.BYTES * i, from + i);
                case DOUBLE -> elements.putDouble(Double.BYTES * i, from + i);
                default -> elements.putLong(Long.BYTES * i, from + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE"})
    void copiesFillAnArrayAsItsMemoryDoes(DataType type) throws IOException {
        var inPlace = Nd4j.create(type, 2, ELEMENTS / 2);
        var byCopies = Nd4j.create(type, 2, ELEMENTS / 2);
        ArrayMemory.fillInPlace(inPlace, (from, elements) -> count(from, elements, type));
        ArrayMemory.fillByCopies(byCopies, (from, elements) -> count(from, elements, type));
        var expected = new double[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            expected[i] = i;
        }
        assertThat(inPlace.data().asDouble()).isEqualTo(expected);
        assertThat(byCopies.data().asDouble()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE", "LONG"})
    void aCopyHoldsWhatTheMemoryDoes(DataType type) {
        var array = Nd4j.createFromArray(1L, -2, 3, Integer.MAX_VALUE).castTo(type);
        assertThat(ArrayMemory.copy(array, 4)).isEqualTo(ArrayMemory.memory(array, 0, 4));
    }

    @Test
    void memoryStartsAtItsChunk() {
        var array = Nd4j.createFromArray(1f, 2, 3, 4);
        var bytes = ArrayMemory.memory(array, 1, 2);
        assertThat(bytes.position()).isZero();
        assertThat(bytes.limit()).isEqualTo(8);
        assertThat(bytes.capacity()).isEqualTo(8);
        assertThat(bytes.getFloat(0)).isEqualTo(2);
    }
}
