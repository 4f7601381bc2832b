package org.xlstm4j.ops.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class RopeTest {
    private static final RopeSpec SPEC = RopeSpec.of(8, 10_000);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13})
    void turnsPairsOfHalves(int time) {
        var random = new RandomArrays(time);
        for (int heads : new int[] {1, 3}) {
            var x = random.normal(2, heads, time, 8);
            var upstream = random.normal(2, heads, time, 8);
            var positions = new int[][] {range(0, time), range(5, time)};
            // The transpose of a rotation is the rotation back.
            var expected = Map.of("output", rotated(SPEC, x, positions, 1),
                    "dx", rotated(SPEC, upstream, positions, -1));
            assertClose(graph(SPEC, x, positions, upstream, DataType.DOUBLE).run(List.of("x")), expected, 1e-12,
                    heads + " heads");
            assertClose(graph(SPEC, x, positions, upstream, DataType.FLOAT).run(List.of("x")), expected, 2e-6,
                    heads + " heads, float");
        }
    }

    @Test
    void positionsMayRestart() {
        var x = new RandomArrays(1).normal(1, 2, 9, 8);
        var positions = new int[][] {{0, 1, 2, 3, 0, 1, 0, 1, 2}};
        assertClose(graph(SPEC, x, positions, x, DataType.DOUBLE).outputs(),
                Map.of("output", rotated(SPEC, x, positions, 1)), 1e-12, "restarted");
    }

    @Test
    void productsDependOnTheDistanceOnly() {
        var random = new RandomArrays(2);
        var query = random.normal(1, 1, 1, 8);
        var key = random.normal(1, 1, 1, 8);
        double near = product(query, 7, key, 3);
        assertThat(product(query, 104, key, 100)).isCloseTo(near, within(1e-12));
        assertThat(product(query, 8, key, 3)).isNotCloseTo(near, within(1e-3));
    }

    @Test
    void oneGraphServesEveryBatchSize() {
        var random = new RandomArrays(3);
        var graph = graph(SPEC, random.normal(3, 2, 4, 8), new int[3][4], random.normal(3, 2, 4, 8), DataType.DOUBLE);
        for (int batch : new int[] {1, 4}) {
            var x = random.normal(batch, 2, 4, 8);
            var positions = IntStream.range(0, batch).mapToObj(row -> range(row, 4)).toArray(int[][]::new);
            graph.feed("x", x);
            graph.feed("positions", Nd4j.createFromArray(positions).castTo(DataType.DOUBLE));
            graph.feed("doutput", x);
            assertClose(graph.run(List.of("x")), Map.of("output", rotated(SPEC, x, positions, 1),
                    "dx", rotated(SPEC, x, positions, -1)), 1e-12, "batch " + batch);
        }
    }

    private static double product(INDArray query, int queryPosition, INDArray key, int keyPosition) {
        var turnedQuery = graph(SPEC, query, new int[][] {{queryPosition}}, query, DataType.DOUBLE).outputs();
        var turnedKey = graph(SPEC, key, new int[][] {{keyPosition}}, key, DataType.DOUBLE).outputs();
        return turnedQuery.get("output").mul(turnedKey.get("output")).sumNumber().doubleValue();
    }

    private static GraphUnderTest graph(RopeSpec spec, INDArray x, int[][] positions, INDArray upstream,
                                        DataType dataType) {
        int heads = (int) x.size(1);
        int time = (int) x.size(2);
        var graph = new GraphUnderTest(dataType);
        var tables = Rope.tables(spec,
                graph.input("positions", Nd4j.createFromArray(positions).castTo(DataType.DOUBLE)), time);
        graph.output("output", Rope.apply(spec, graph.input("x", x), tables, heads, time), upstream);
        return graph;
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

    private static int[] range(int from, int length) {
        return IntStream.range(from, from + length).toArray();
    }
}
