package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.xlstm4j.ops.cpu.Blas.Transpose.N;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xlstm4j.ops.cpu.Blas.Transpose;

class BlasTest {
    private static final float TOLERANCE = 1e-4f;
    private final Random random = new Random(1);

    /** A matrix on the heap and in native memory, with gaps between its rows. */
    private final class Matrix {
        final int rows;
        final int columns;
        final int stride;
        final float[] values;
        final long address;

        Matrix(int rows, int columns, int gap) {
            this.rows = rows;
            this.columns = columns;
            this.stride = columns + gap;
            this.values = new float[rows * stride];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            this.address = worker().memory(values.length);
            store();
        }

        void store() {
            worker().store(values, 0, values.length, address);
        }

        float[] load() {
            var loaded = new float[values.length];
            worker().load(address, loaded, 0, loaded.length);
            return loaded;
        }

        double at(Transpose transpose, int i, int j) {
            return transpose == N ? values[i * stride + j] : values[j * stride + i];
        }

        /** Asserts that native memory holds {@code expected} in the matrix and what it held in the gaps. */
        void assertHolds(Entries expected) {
            var actual = load();
            for (int i = 0; i < actual.length; i++) {
                float wanted = i % stride < columns ? (float) expected.at(i / stride, i % stride) : values[i];
                assertThat(actual[i]).as("entry %d", i).isCloseTo(wanted, offset(TOLERANCE));
            }
        }
    }

    private interface Entries {
        double at(int i, int j);
    }

    private static Worker worker() {
        return Worker.current();
    }

    private Matrix factor(Transpose transpose, int rows, int columns, int gap) {
        return transpose == N ? new Matrix(rows, columns, gap) : new Matrix(columns, rows, gap);
    }

    private void inJob(Runnable test) {
        worker().run(0, (index, worker) -> test.run());
    }

    static Stream<Transpose[]> transpositions() {
        return Stream.of(Transpose.values()).flatMap(a -> Stream.of(Transpose.values()).map(
                b -> new Transpose[] {a, b}));
    }

    @ParameterizedTest
    @MethodSource("transpositions")
    void multiplies(Transpose transA, Transpose transB) {
        int[][] sizes = {{1, 1, 1}, {2, 1, 7}, {1, 33, 2}, {33, 63, 7}, {64, 64, 64}, {7, 2, 63}};
        float[][] factors = {{1, 0}, {1, 1}, {-0.5f, 2}, {0, 1}};
        for (var size : sizes) {
            for (var factor : factors) {
                for (int gap : new int[] {0, 3}) {
                    inJob(() -> multiply(transA, transB, size, factor[0], factor[1], gap));
                }
            }
        }
    }

    private void multiply(Transpose transA, Transpose transB, int[] size, float alpha, float beta, int gap) {
        int k = size[2];
        var a = factor(transA, size[0], k, gap);
        var b = factor(transB, k, size[1], 2 * gap);
        var c = new Matrix(size[0], size[1], gap);
        worker().blas().gemm(transA, transB, size[0], size[1], k, alpha, a.address, a.stride, b.address, b.stride, beta,
                c.address, c.stride);
        c.assertHolds((i, j) -> {
            double sum = beta * c.at(N, i, j);
            for (int inner = 0; inner < k; inner++) {
                sum += alpha * a.at(transA, i, inner) * b.at(transB, inner, j);
            }
            return sum;
        });
    }

    @ParameterizedTest
    @EnumSource
    void multipliesByAVector(Transpose transpose) {
        for (var size : new int[][] {{1, 1}, {7, 33}, {63, 2}}) {
            for (int gap : new int[] {0, 5}) {
                inJob(() -> multiplyByVector(transpose, size[0], size[1], gap));
            }
        }
    }

    private void multiplyByVector(Transpose transpose, int rows, int columns, int gap) {
        var a = new Matrix(rows, columns, gap);
        int from = transpose == N ? columns : rows;
        var x = new Matrix(1, from, 0);
        var y = new Matrix(1, rows + columns - from, 0);
        worker().blas().gemv(transpose, rows, columns, 2, a.address, a.stride, x.address, -1, y.address);
        y.assertHolds((row, i) -> {
            double sum = -y.at(N, 0, i);
            for (int j = 0; j < from; j++) {
                sum += 2 * a.at(transpose, i, j) * x.at(N, 0, j);
            }
            return sum;
        });
    }

    @Test
    void addsAnOuterProduct() {
        inJob(() -> {
            var a = new Matrix(7, 33, 2);
            var x = new Matrix(1, 7, 0);
            var y = new Matrix(1, 33, 0);
            worker().blas().ger(7, 33, -3, x.address, y.address, a.address, a.stride);
            a.assertHolds((i, j) -> a.at(N, i, j) - 3 * x.at(N, 0, i) * y.at(N, 0, j));
        });
    }

    @Test
    void withoutBetaWhatWasThereDoesNotMatter() {
        inJob(() -> {
            var a = new Matrix(9, 9, 0);
            var c = new Matrix(9, 9, 0);
            var y = new Matrix(1, 9, 0);
            Arrays.fill(c.values, Float.NaN);
            Arrays.fill(y.values, Float.NaN);
            c.store();
            y.store();
            worker().blas().gemm(N, N, 9, 9, 9, 1, a.address, 9, a.address, 9, 0, c.address, 9);
            worker().blas().gemv(N, 9, 9, 1, a.address, 9, a.address, 0, y.address);
            assertThat(c.load()).doesNotContain(Float.NaN);
            assertThat(y.load()).doesNotContain(Float.NaN);
        });
    }
}
