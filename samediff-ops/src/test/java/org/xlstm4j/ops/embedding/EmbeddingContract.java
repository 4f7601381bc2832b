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
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the embedding keeps to. */
abstract class EmbeddingContract {
    private static final int VOCAB_SIZE = 9;
    private static final int WIDTH = 4;

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    final double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-12 : RelativeError.tolerance(dataType());
    }

    final GraphUnderTest trainable(INDArray table, INDArray ids, INDArray upstream) {
        return graph(table, ids, upstream, true);
    }

    final GraphUnderTest constant(INDArray table, INDArray ids) {
        return graph(table, ids, Nd4j.ones(DataType.DOUBLE, ids.length(), table.size(1)), false);
    }

    private GraphUnderTest graph(INDArray table, INDArray ids, INDArray upstream, boolean trainable) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType());
            var variable = trainable ? graph.parameter("table", table) : graph.constant("table", table);
            graph.output("output", Embedding.lookup(variable, graph.input("ids", ids), (int) table.size(0)),
                    upstream);
            return graph;
        });
    }

    static Stream<int[]> ids() {
        return Stream.of(new int[] {5}, new int[] {0, 8}, new int[] {3, 3, 0, 8, 3, 1});
    }

    @ParameterizedTest
    @MethodSource("ids")
    void trainableTableIsLookedUpWithItsGradient(int[] ids) {
        var random = new RandomArrays(ids.length);
        var table = random.normal(VOCAB_SIZE, WIDTH);
        var upstream = random.normal(ids.length, WIDTH);
        assertClose(trainable(table, Nd4j.createFromArray(ids), upstream).run(List.of("table")),
                Map.of("output", rows(table, ids), "dtable", scattered(VOCAB_SIZE, upstream, ids)), tolerance(),
                ids.length + " ids");
    }

    @ParameterizedTest
    @MethodSource("ids")
    void constantTableIsLookedUp(int[] ids) {
        var table = inType(new RandomArrays(1).normal(VOCAB_SIZE, WIDTH));
        assertClose(constant(table, Nd4j.createFromArray(ids)).outputs(), Map.of("output", rows(table, ids)), 0,
                ids.length + " ids");
    }

    @Test
    void oneGraphServesEveryNumberOfIds() {
        var table = inType(new RandomArrays(2).normal(VOCAB_SIZE, WIDTH));
        var any = Nd4j.createFromArray(1, 2);
        for (var graph : List.of(trainable(table, any, rows(table, 1, 2)), constant(table, any))) {
            ids().forEach(ids -> {
                graph.feed("ids", Nd4j.createFromArray(ids));
                assertThat(graph.outputs().get("output")).isEqualTo(rows(table, ids));
            });
        }
    }

    @Test
    void idsMayBeLongs() {
        var table = inType(new RandomArrays(3).normal(VOCAB_SIZE, WIDTH));
        assertThat(constant(table, Nd4j.createFromArray(7L, 0L)).outputs().get("output"))
                .isEqualTo(rows(table, 7, 0));
    }

    /** What the form's type makes of values. */
    private INDArray inType(INDArray values) {
        return values.castTo(dataType()).castTo(DataType.DOUBLE);
    }

    private static INDArray rows(INDArray table, int... ids) {
        var rows = Nd4j.zeros(DataType.DOUBLE, ids.length, table.size(1));
        for (int row = 0; row < ids.length; row++) {
            rows.putRow(row, table.getRow(ids[row]));
        }
        return rows;
    }

    static INDArray scattered(int vocabSize, INDArray upstream, int... ids) {
        var gradient = Nd4j.zeros(DataType.DOUBLE, vocabSize, upstream.size(1));
        for (int row = 0; row < ids.length; row++) {
            for (int j = 0; j < upstream.size(1); j++) {
                gradient.putScalar(ids[row], j, gradient.getDouble(ids[row], j) + upstream.getDouble(row, j));
            }
        }
        return gradient;
    }
}
