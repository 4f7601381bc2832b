package org.xlstm4j.ops.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of RoPE keeps to. Arrays are [batch, heads, time, headDim]. */
abstract class RopeContract {
    private static final RopeSpec SPEC = RopeSpec.of(8, 10_000);

    /** The form under test. */
    protected abstract Form form();

    /** The types that the form computes in, the most precise first. */
    protected abstract List<DataType> dataTypes();

    private static double tolerance(DataType type) {
        return switch (type) {
            case DOUBLE -> 1e-12;
            case FLOAT -> 2e-6;
            default -> RelativeError.tolerance(type);
        };
    }

    private DataType dataType() {
        return dataTypes().get(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 33})
    void turnsPairsOfHalves(int time) {
        var random = new RandomArrays(time);
        for (int heads : new int[] {1, 3}) {
            var x = random.normal(2, heads, time, 8);
            var upstream = random.normal(2, heads, time, 8);
            var positions = new int[][] {range(0, time), range(5, time)};
            // The transpose of a rotation is the rotation back.
            var expected = Map.of("output", rotated(SPEC, x, positions, 1),
                    "dx", rotated(SPEC, upstream, positions, -1));
            for (var type : dataTypes()) {
                assertClose(graph(SPEC, x, positions, upstream, type).run(List.of("x")), expected, tolerance(type),
                        heads + " heads, " + type);
            }
        }
    }

    @Test
    void positionsMayRestart() {
        var x = new RandomArrays(1).normal(1, 2, 9, 8);
        var positions = new int[][] {{0, 1, 2, 3, 0, 1, 0, 1, 2}};
        assertClose(graph(SPEC, x, positions, x, dataType()).outputs(),
                Map.of("output", rotated(SPEC, x, positions, 1)), tolerance(dataType()), "restarted");
    }

    @Test
    void attentionFactorStretchesWhatIsTurned() {
        var spec = new RopeSpec(6, 500, new RopeScaling.Yarn(4, 32, 1, 1.25, 100));
        var random = new RandomArrays(5);
        var x = random.normal(1, 2, 7, 6);
        var upstream = random.normal(1, 2, 7, 6);
        var positions = new int[][] {range(0, 7)};
        assertClose(graph(spec, x, positions, upstream, dataType()).run(List.of("x")), Map.of(
                "output", rotated(spec, x, positions, 1).mul(1.25),
                "dx", rotated(spec, upstream, positions, -1).mul(1.25)), tolerance(dataType()), "yarn");
    }

    @Test
    void productsDependOnTheDistanceOnly() {
        var random = new RandomArrays(2);
        var query = random.normal(1, 1, 1, 8);
        var key = random.normal(1, 1, 1, 8);
        double near = product(query, 7, key, 3);
        assertThat(product(query, 104, key, 100)).isCloseTo(near,
                within(dataType() == DataType.DOUBLE ? 1e-12 : 1e-4));
        assertThat(product(query, 8, key, 3)).isNotCloseTo(near, within(1e-3));
    }

    @Test
    void oneGraphServesEveryBatchSize() {
        var random = new RandomArrays(3);
        var graph = graph(SPEC, random.normal(3, 2, 4, 8), new int[3][4], random.normal(3, 2, 4, 8), dataType());
        for (int batch : new int[] {1, 4}) {
            var x = random.normal(batch, 2, 4, 8);
            var positions = IntStream.range(0, batch).mapToObj(row -> range(row, 4)).toArray(int[][]::new);
            graph.feed("x", x);
            graph.feed("positions", Nd4j.createFromArray(positions));
            graph.feed("doutput", x);
            assertClose(graph.run(List.of("x")), Map.of("output", rotated(SPEC, x, positions, 1),
                    "dx", rotated(SPEC, x, positions, -1)), tolerance(dataType()), "batch " + batch);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 3, 1", "13, 1, 3", "33, 4, 2"})
    void turnsQueriesAndKeysAlike(int time, int heads, int keyValueHeads) {
        var random = new RandomArrays(time);
        var query = random.normal(2, heads, time, 8);
        var key = random.normal(2, keyValueHeads, time, 8);
        var positions = new int[][] {range(0, time), range(5, time)};
        var upstream = new Pair(random.normal(query.shape()), random.normal(key.shape()));
        var expected = Map.of(
                "rotatedQuery", rotated(SPEC, query, positions, 1), "rotatedKey", rotated(SPEC, key, positions, 1),
                "dquery", rotated(SPEC, upstream.query(), positions, -1),
                "dkey", rotated(SPEC, upstream.key(), positions, -1));
        for (var type : dataTypes()) {
            assertClose(graph(SPEC, new Pair(query, key), positions, upstream, type).run(List.of("query", "key")),
                    expected, tolerance(type), type.toString());
        }
    }

    private double product(INDArray query, int queryPosition, INDArray key, int keyPosition) {
        var turnedQuery = graph(SPEC, query, new int[][] {{queryPosition}}, query, dataType()).outputs();
        var turnedKey = graph(SPEC, key, new int[][] {{keyPosition}}, key, dataType()).outputs();
        return turnedQuery.get("output").mul(turnedKey.get("output")).sumNumber().doubleValue();
    }

    final GraphUnderTest graph(RopeSpec spec, INDArray x, int[][] positions, INDArray upstream, DataType dataType) {
        int heads = (int) x.size(1);
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType);
            var tables = tables(spec, graph, positions, dataType);
            var turned = Rope.apply(spec, rows(graph.input("x", x), x), tables, heads);
            graph.output("output", perHead(turned, x), upstream);
            return graph;
        });
    }

    /** Arrays for queries and for keys. */
    record Pair(INDArray query, INDArray key) {
    }

    final GraphUnderTest graph(RopeSpec spec, Pair x, int[][] positions, Pair upstream, DataType dataType) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType);
            var tables = tables(spec, graph, positions, dataType);
            var turned = Rope.apply(spec, rows(graph.input("query", x.query()), x.query()),
                    rows(graph.input("key", x.key()), x.key()), tables,
                    (int) x.query().size(1), (int) x.key().size(1));
            graph.output("rotatedQuery", perHead(turned.query(), x.query()), upstream.query());
            graph.output("rotatedKey", perHead(turned.key(), x.key()), upstream.key());
            return graph;
        });
    }

    /** Types of 16 bits are too short for positions. */
    private static Rope.Tables tables(RopeSpec spec, GraphUnderTest graph, int[][] positions, DataType dataType) {
        return Rope.tables(spec, graph.input("positions", Nd4j.createFromArray(positions))
                .castTo(dataType == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT));
    }

    private static SDVariable rows(SDVariable x, INDArray value) {
        return x.permute(0, 2, 1, 3).reshape(-1, value.size(1) * value.size(3));
    }

    private static SDVariable perHead(SDVariable rows, INDArray value) {
        return rows.reshape(-1, value.size(2), value.size(1), value.size(3)).permute(0, 2, 1, 3);
    }

    /** Each pair (i, i + half) turned by direction · position · frequency. */
    private static INDArray rotated(RopeSpec spec, INDArray x, int[][] positions, int direction) {
        int half = spec.headDim() / 2;
        var turned = x.dup('c');
        for (int row = 0; row < x.size(0); row++) {
            for (int head = 0; head < x.size(1); head++) {
                for (int t = 0; t < x.size(2); t++) {
                    for (int i = 0; i < half; i++) {
                        double angle = direction * positions[row][t] * spec.inverseFrequencies()[i];
                        double a = x.getDouble(row, head, t, i);
                        double b = x.getDouble(row, head, t, i + half);
                        turned.putScalar(new int[] {row, head, t, i}, a * Math.cos(angle) - b * Math.sin(angle));
                        turned.putScalar(new int[] {row, head, t, i + half},
                                b * Math.cos(angle) + a * Math.sin(angle));
                    }
                }
            }
        }
        return turned;
    }

    static int[] range(int from, int length) {
        return IntStream.range(from, from + length).toArray();
    }
}
