package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class SwiGluTest {
    private static final int HIDDEN = 3;
    private static final int INTERMEDIATE = 5;
    private static final List<String> NAMES = List.of("x", "gate", "up", "down");

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void matchesPlainLoop(int rows) {
        var random = new RandomArrays(rows);
        var given = new LinkedHashMap<String, INDArray>();
        given.put("x", random.normal(rows, HIDDEN));
        given.put("gate", random.normal(INTERMEDIATE, HIDDEN));
        given.put("up", random.normal(INTERMEDIATE, HIDDEN));
        given.put("down", random.normal(HIDDEN, INTERMEDIATE));
        var upstream = random.normal(rows, HIDDEN);

        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("output", SwiGlu.apply(graph.input("x", given.get("x")),
                graph.parameter("gate", given.get("gate")), graph.parameter("up", given.get("up")),
                graph.parameter("down", given.get("down"))), upstream);
        var expected = new LinkedHashMap<String, INDArray>();
        expected.put("output", plain(given));
        for (var name : NAMES) {
            expected.put(Gradient.of(name), Gradient.numeric(given.get(name), moved -> {
                var changed = new LinkedHashMap<>(given);
                changed.put(name, moved);
                return plain(changed).mul(upstream).sumNumber().doubleValue();
            }));
        }
        assertClose(graph.run(NAMES), expected, 1e-9, rows + " rows");
    }

    private static INDArray plain(Map<String, INDArray> given) {
        var x = given.get("x");
        var y = Nd4j.zeros(DataType.DOUBLE, x.shape());
        for (int row = 0; row < x.size(0); row++) {
            for (int i = 0; i < INTERMEDIATE; i++) {
                double gate = 0;
                double up = 0;
                for (int j = 0; j < HIDDEN; j++) {
                    gate += x.getDouble(row, j) * given.get("gate").getDouble(i, j);
                    up += x.getDouble(row, j) * given.get("up").getDouble(i, j);
                }
                double inner = gate / (1 + Math.exp(-gate)) * up;
                for (int j = 0; j < HIDDEN; j++) {
                    y.putScalar(row, j, y.getDouble(row, j) + inner * given.get("down").getDouble(j, i));
                }
            }
        }
        return y;
    }
}
