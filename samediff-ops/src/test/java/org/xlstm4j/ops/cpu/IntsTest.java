package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class IntsTest {
    @ParameterizedTest
    @EnumSource(names = {"INT", "LONG", "SHORT", "FLOAT", "DOUBLE"})
    void elementsComeInRowMajorOrder(DataType type) {
        var array = Nd4j.createFromArray(new int[][] {{1, 2, 3}, {4, 5, -6}}).castTo(type);
        assertThat(Ints.of(array)).containsExactly(1, 2, 3, 4, 5, -6);
        assertThat(Ints.of(array.transpose())).containsExactly(1, 4, 2, 5, 3, -6);
        assertThat(Ints.of(array.dup('f'))).containsExactly(1, 2, 3, 4, 5, -6);
        assertThat(Ints.of(array.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3)))).containsExactly(2, 3, 5, -6);
        assertThat(Ints.of(array.getRow(1))).containsExactly(4, 5, -6);
        assertThat(Ints.of(Nd4j.scalar(7).castTo(type))).containsExactly(7);
    }
}
