package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FloatsTest {
    private static INDArray numbers(long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return Nd4j.arange(length).castTo(DataType.FLOAT).reshape('c', shape);
    }

    static Stream<INDArray> layouts() {
        return Stream.of(
                numbers(6), numbers(4, 3), numbers(4, 1), numbers(1, 4), numbers(2, 3, 4), numbers(2, 3, 4, 5),
                numbers(4, 6).get(all(), interval(2, 5)),
                numbers(4, 6).get(all(), interval(2, 3)),
                numbers(4, 6).transpose(),
                numbers(4, 6).dup('f'),
                numbers(2, 3, 4).get(all(), all(), interval(1, 3)),
                numbers(2, 3, 4).get(all(), interval(1, 3), all()),
                numbers(3, 3, 4).get(interval(1, 3), all(), all()),
                numbers(2, 3, 4, 5).get(all(), all(), all(), interval(0, 4)),
                numbers(2, 3, 4, 5).permute(0, 2, 1, 3),
                numbers(2, 3, 4, 5).castTo(DataType.DOUBLE));
    }

    /** Entries of the first axis by their addresses, the rest of each as if it were dense. */
    private static List<Float> read(INDArray array) {
        var floats = Floats.of(array);
        int width = (int) (array.length() / array.size(0));
        var values = new ArrayList<Float>();
        for (int i = 0; i < array.size(0); i++) {
            var row = new float[width];
            new Address().at(floats.at(i)).get(row);
            for (float value : row) {
                values.add(value);
            }
        }
        Reference.reachabilityFence(floats);
        return values;
    }

    private static List<Float> expected(INDArray array) {
        var values = new ArrayList<Float>();
        for (float value : array.castTo(DataType.FLOAT).dup('c').data().asFloat()) {
            values.add(value);
        }
        return values;
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("layouts")
    void readsEveryLayout(INDArray array) {
        assertThat(read(array)).isEqualTo(expected(array));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("layouts")
    void writesEveryLayout(INDArray array) {
        var floats = Floats.toWrite(array);
        int width = (int) (array.length() / array.size(0));
        var wanted = new ArrayList<Float>();
        for (int i = 0; i < array.size(0); i++) {
            var row = new float[width];
            for (int j = 0; j < width; j++) {
                row[j] = -1 - i * width - j;
                wanted.add(row[j]);
            }
            FloatPointer entry = new Address().at(floats.at(i));
            entry.put(row);
        }
        floats.writeTo(array);
        assertThat(expected(array)).isEqualTo(wanted);
    }

    @Test
    void columnsOfAMatrixAreTakenAsTheyLie() {
        var matrix = numbers(4, 6);
        var columns = matrix.get(all(), interval(2, 5));
        assertThat(Floats.of(columns).address()).isEqualTo(Floats.of(matrix).address() + 2L * Float.BYTES);
    }
}
