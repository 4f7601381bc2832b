package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of batched products keeps to. */
abstract class BatchedProductContract {
    static final List<String> NAMES = List.of("a", "b");

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    private double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-12 : RelativeError.tolerance(dataType());
    }

    /**
     * Random factors, and in plain loops what should come of them.
     *
     * @param a        [batch, m, k], transposed [batch, k, m]
     * @param upstream [batch, m, n]
     */
    record Case(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray upstream) {

        static Case random(int batch, int m, int k, int n, boolean transposeA, boolean transposeB) {
            var random = new RandomArrays(m + k + n);
            return new Case(transposeA ? random.normal(batch, k, m) : random.normal(batch, m, k), transposeA,
                    transposeB ? random.normal(batch, n, k) : random.normal(batch, k, n), transposeB,
                    random.normal(batch, m, n));
        }

        Map<String, INDArray> expected() {
            var expected = new HashMap<String, INDArray>();
            expected.put("c", Nd4j.zeros(DataType.DOUBLE, upstream.shape()));
            expected.put("da", Nd4j.zeros(DataType.DOUBLE, a.shape()));
            expected.put("db", Nd4j.zeros(DataType.DOUBLE, b.shape()));
            long depth = a.size(transposeA ? 1 : 2);
            for (long i = 0; i < upstream.size(0); i++) {
                for (long row = 0; row < upstream.size(1); row++) {
                    for (long column = 0; column < upstream.size(2); column++) {
                        for (long j = 0; j < depth; j++) {
                            long[] inA = transposeA ? new long[] {i, j, row} : new long[] {i, row, j};
                            long[] inB = transposeB ? new long[] {i, column, j} : new long[] {i, j, column};
                            double upstreamOf = upstream.getDouble(i, row, column);
                            add(expected.get("c"), a.getDouble(inA) * b.getDouble(inB), i, row, column);
                            add(expected.get("da"), upstreamOf * b.getDouble(inB), inA);
                            add(expected.get("db"), upstreamOf * a.getDouble(inA), inB);
                        }
                    }
                }
            }
            return expected;
        }

        private static void add(INDArray to, double value, long... at) {
            to.putScalar(at, to.getDouble(at) + value);
        }
    }

    final GraphUnderTest graph(Case of) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType());
            graph.output("c", BatchedProduct.of(graph.input("a", of.a()), of.transposeA(), graph.input("b", of.b()),
                    of.transposeB()), of.upstream());
            return graph;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 3, 4", "3, 5, 1, 2", "2, 1, 7, 1", "4, 16, 8, 24", "2, 33, 9, 17"})
    void matchesPlainLoops(int batch, int m, int k, int n) {
        for (boolean transposeA : new boolean[] {false, true}) {
            for (boolean transposeB : new boolean[] {false, true}) {
                var of = Case.random(batch, m, k, n, transposeA, transposeB);
                assertClose(graph(of).run(NAMES), of.expected(), tolerance(),
                        "transposed: " + transposeA + ", " + transposeB);
            }
        }
    }
}
