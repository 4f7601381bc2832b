package org.xlstm4j.ops.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;
import org.xlstm4j.ops.testing.RandomArrays;

@OnGpu
class CudaEmbeddingTest extends EmbeddingContract {
    /** More than the ids that a block sorts. */
    private static final int VOCAB_SIZE = 600;
    /** More than a block sorts at a time, and more of some ids than a segment has. */
    private static final int COUNT = 1500;

    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    static Stream<IntUnaryOperator> manyIds() {
        return Stream.of(i -> i * i % 599, i -> 599, i -> i % 3);
    }

    @ParameterizedTest
    @MethodSource("manyIds")
    void isSound(IntUnaryOperator id) {
        var random = new RandomArrays(4);
        var ids = Nd4j.createFromArray(IntStream.range(0, COUNT).map(id).toArray());
        FusedOps.assertSound(trainable(random.normal(VOCAB_SIZE, 7), ids, random.normal(COUNT, 7)), List.of("table"));
    }

    @ParameterizedTest
    @MethodSource("manyIds")
    void gradientsOfManyIdsAddUp(IntUnaryOperator id) {
        var random = new RandomArrays(6);
        var ids = IntStream.range(0, COUNT).map(id).toArray();
        var upstream = random.normal(COUNT, 12);
        var graph = trainable(random.normal(VOCAB_SIZE, 12), Nd4j.createFromArray(ids), upstream);
        assertClose(graph.gradients(List.of("table")), Map.of("dtable", scattered(VOCAB_SIZE, upstream, ids)),
                tolerance(), COUNT + " ids");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 9, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void rowOfAnIdOutsideTheVocabularyIsNaN(int id) {
        var table = new RandomArrays(1).normal(9, 4).castTo(dataType());
        var output = constant(table, Nd4j.createFromArray(3, id, 8)).outputs().get("output");
        assertThat(output.getRow(0)).isEqualTo(table.getRow(3).castTo(DataType.DOUBLE));
        assertThat(output.getRow(1).toDoubleVector()).containsOnly(Double.NaN);
        assertThat(output.getRow(2)).isEqualTo(table.getRow(8).castTo(DataType.DOUBLE));
    }

    @Test
    void idsMayBeFloats() {
        var table = new RandomArrays(3).normal(9, 4).castTo(dataType());
        var output = constant(table, Nd4j.createFromArray(7f, 0f)).outputs().get("output");
        assertThat(output.getRow(0)).isEqualTo(table.getRow(7).castTo(DataType.DOUBLE));
    }
}
