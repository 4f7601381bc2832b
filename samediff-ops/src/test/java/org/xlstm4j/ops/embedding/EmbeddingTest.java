package org.xlstm4j.ops.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class EmbeddingTest {
    private static final int VOCAB_SIZE = 9;
    private static final int WIDTH = 4;

    static Stream<int[]> ids() {
        return Stream.of(new int[] {5}, new int[] {0, 8}, new int[] {3, 3, 0, 8, 3, 1});
    }

    @ParameterizedTest
    @MethodSource("ids")
    void trainableTableIsLookedUpWithItsGradient(int[] ids) {
        var random = new RandomArrays(ids.length);
        var table = random.normal(VOCAB_SIZE, WIDTH);
        var upstream = random.normal(ids.length, WIDTH);
        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("output", Embedding.lookup(graph.parameter("table", table),
                graph.input("ids", Nd4j.createFromArray(ids)), VOCAB_SIZE), upstream);
        assertClose(graph.run(List.of("table")), Map.of("output", rows(table, ids),
                "dtable", scattered(upstream, ids)), 1e-12, ids.length + " ids");
    }

    @ParameterizedTest
    @MethodSource("ids")
    void constantTableIsLookedUp(int[] ids) {
        var table = new RandomArrays(1).normal(VOCAB_SIZE, WIDTH);
        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("output", Embedding.lookup(graph.sd().constant("table", table),
                graph.input("ids", Nd4j.createFromArray(ids)), VOCAB_SIZE), rows(table, ids));
        assertClose(graph.outputs(), Map.of("output", rows(table, ids)), 0, ids.length + " ids");
    }

    @Test
    void oneGraphServesEveryNumberOfIds() {
        var table = new RandomArrays(2).normal(VOCAB_SIZE, WIDTH);
        for (boolean trainable : new boolean[] {true, false}) {
            var graph = new GraphUnderTest(DataType.DOUBLE);
            var variable = trainable ? graph.parameter("table", table) : graph.sd().constant("table", table);
            graph.output("output", Embedding.lookup(variable, graph.input("ids", Nd4j.createFromArray(1, 2)),
                    VOCAB_SIZE), rows(table, 1, 2));
            ids().forEach(ids -> {
                graph.feed("ids", Nd4j.createFromArray(ids));
                assertThat(graph.outputs().get("output")).isEqualTo(rows(table, ids));
            });
        }
    }

    private static INDArray rows(INDArray table, int... ids) {
        var rows = Nd4j.zeros(DataType.DOUBLE, ids.length, WIDTH);
        for (int row = 0; row < ids.length; row++) {
            rows.putRow(row, table.getRow(ids[row]));
        }
        return rows;
    }

    private static INDArray scattered(INDArray upstream, int... ids) {
        var gradient = Nd4j.zeros(DataType.DOUBLE, VOCAB_SIZE, WIDTH);
        for (int row = 0; row < ids.length; row++) {
            for (int j = 0; j < WIDTH; j++) {
                gradient.putScalar(ids[row], j, gradient.getDouble(ids[row], j) + upstream.getDouble(row, j));
            }
        }
        return gradient;
    }
}
