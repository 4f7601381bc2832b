package org.xlstm4j.ops.loss;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.testing.RandomArrays;

/**
 * Inputs of the losses over a head, the gradients that arrive at them, and in plain loops what should come of them.
 *
 * @param dCrossEntropy [tokens, 1]
 * @param dSparseKl     [tokens, 1]
 */
record HeadLossCase(INDArray hidden, INDArray head, int[] targets, int[][] ids, INDArray teacher,
                    INDArray dCrossEntropy, INDArray dSparseKl, Divergence divergence) {

    HeadLossCase(INDArray hidden, INDArray head, int[] targets, int[][] ids, INDArray teacher, INDArray dCrossEntropy,
                 INDArray dSparseKl) {
        this(hidden, head, targets, ids, teacher, dCrossEntropy, dSparseKl, Divergence.FORWARD_KL);
    }

    /** Random inputs; ids are distinct within a token and in no order. */
    static HeadLossCase random(int tokens, int hiddenSize, int vocabSize, int k) {
        var arrays = new RandomArrays(tokens + vocabSize);
        var random = new Random(vocabSize);
        var ids = new int[tokens][];
        for (int t = 0; t < tokens; t++) {
            var order = IntStream.range(0, vocabSize).toArray();
            for (int j = 0; j < k; j++) {
                int other = j + random.nextInt(vocabSize - j);
                int id = order[other];
                order[other] = order[j];
                order[j] = id;
            }
            ids[t] = IntStream.range(0, k).map(j -> order[j]).toArray();
        }
        return new HeadLossCase(arrays.normal(tokens, hiddenSize), arrays.normal(vocabSize, hiddenSize),
                random.ints(tokens, 0, vocabSize).toArray(), ids, arrays.normal(tokens, k).mul(3),
                arrays.normal(tokens, 1), arrays.normal(tokens, 1));
    }

    HeadLossCase withHidden(INDArray moved) {
        return new HeadLossCase(moved, head, targets, ids, teacher, dCrossEntropy, dSparseKl, divergence);
    }

    HeadLossCase withHead(INDArray moved) {
        return new HeadLossCase(hidden, moved, targets, ids, teacher, dCrossEntropy, dSparseKl, divergence);
    }

    HeadLossCase withIds(int[] otherTargets, int[][] otherIds) {
        return new HeadLossCase(hidden, head, otherTargets, otherIds, teacher, dCrossEntropy, dSparseKl,
                divergence);
    }

    HeadLossCase withUpstreams(double crossEntropy, double sparseKl) {
        return new HeadLossCase(hidden, head, targets, ids, teacher, dCrossEntropy.mul(crossEntropy),
                dSparseKl.mul(sparseKl), divergence);
    }

    /** The same inputs judged by another divergence, with as many values of the teacher as it needs. */
    HeadLossCase withDivergence(Divergence other) {
        int k = ids[0].length;
        var values = new RandomArrays(k).normal(targets.length, k + 1).mul(3);
        if (other.tail() == Divergence.Tail.REST) {
            var rows = matrix(values);
            for (double[] row : rows) {
                // Of some size: what float32's log-probabilities leave of a small one is their rounding.
                row[k] = Math.abs(row[k]) + 4;
                double logSum = logSumExp(row);
                for (int j = 0; j <= k; j++) {
                    row[j] -= logSum;
                }
            }
            values = Nd4j.createFromArray(rows);
        }
        var fitting = other.tail() == Divergence.Tail.GIVEN ? values
                : values.get(NDArrayIndex.all(), NDArrayIndex.interval(0, k)).dup();
        return new HeadLossCase(hidden, head, targets, ids, fitting, dCrossEntropy, dSparseKl, other);
    }

    HeadLossCase withTeacher(INDArray other) {
        return new HeadLossCase(hidden, head, targets, ids, other, dCrossEntropy, dSparseKl, divergence);
    }

    HeadLossSpec spec() {
        return new HeadLossSpec(targets.length, (int) head.size(0), ids[0].length, divergence);
    }

    /** Σ crossEntropy ⊙ dCrossEntropy + sparseKl ⊙ dSparseKl. */
    double weightedSum() {
        var expected = expected();
        return expected.get("crossEntropy").mul(dCrossEntropy).sumNumber().doubleValue()
                + expected.get("sparseKl").mul(dSparseKl).sumNumber().doubleValue();
    }

    /** crossEntropy, sparseKl, dhidden and dhead. */
    Map<String, INDArray> expected() {
        var rows = matrix(hidden);
        var words = matrix(head);
        var crossEntropy = new double[rows.length];
        var sparseKl = new double[rows.length];
        var dHidden = new double[rows.length][rows[0].length];
        var dHead = new double[words.length][rows[0].length];
        for (int t = 0; t < rows.length; t++) {
            var z = logits(rows[t], words);
            var p = softmax(z);
            crossEntropy[t] = logSumExp(z) - z[targets[t]];
            var dz = new double[z.length];
            double upstream = dCrossEntropy.getDouble(t);
            for (int i = 0; i < z.length; i++) {
                dz[i] = upstream * (p[i] - (i == targets[t] ? 1 : 0));
            }
            sparseKl[t] = sparseKl(z, t, dz);
            backThroughLogits(dz, rows[t], words, dHidden[t], dHead);
        }
        var expected = new LinkedHashMap<String, INDArray>();
        expected.put("crossEntropy", Nd4j.createFromArray(crossEntropy).reshape(rows.length, 1));
        expected.put("sparseKl", Nd4j.createFromArray(sparseKl).reshape(rows.length, 1));
        expected.put("dhidden", Nd4j.createFromArray(dHidden));
        expected.put("dhead", Nd4j.createFromArray(dHead));
        return expected;
    }

    private static double[][] matrix(INDArray array) {
        var values = RandomArrays.values(array);
        int width = (int) array.size(1);
        return IntStream.range(0, (int) array.size(0))
                .mapToObj(row -> Arrays.copyOfRange(values, row * width, (row + 1) * width)).toArray(double[][]::new);
    }

    /** The divergence of a token; adds its gradient to dz. */
    private double sparseKl(double[] z, int t, double[] dz) {
        var isId = new boolean[z.length];
        IntStream.of(ids[t]).forEach(id -> isId[id] = true);
        var rest = IntStream.range(0, z.length).filter(id -> !isId[id]).toArray();
        var student = DoubleStream.concat(IntStream.of(ids[t]).mapToDouble(id -> z[id]),
                divergence.hasTail() ? DoubleStream.of(logSumExp(at(z, rest))) : DoubleStream.empty()).toArray();
        var gradient = new double[student.length];
        double value = divergence(teacher(t), student, gradient);
        for (int j = 0; j < ids[t].length; j++) {
            dz[ids[t][j]] += dSparseKl.getDouble(t) * gradient[j];
        }
        for (int id : divergence.hasTail() ? rest : new int[0]) {
            dz[id] += dSparseKl.getDouble(t) * gradient[ids[t].length]
                    * Math.exp(z[id] - student[ids[t].length]);
        }
        return value;
    }

    private double[] teacher(int t) {
        var values = teacher.castTo(DataType.DOUBLE).getRow(t).dup().toDoubleVector();
        if (divergence.tail() != Divergence.Tail.REST) {
            return values;
        }
        double rest = 1 - DoubleStream.of(values).map(Math::exp).sum();
        return DoubleStream.concat(DoubleStream.of(values), DoubleStream.of(Math.log(Math.max(rest, Math.exp(-87)))))
                .toArray();
    }

    private static double[] at(double[] z, int[] ids) {
        return IntStream.of(ids).mapToDouble(id -> z[id]).toArray();
    }

    /** As it is defined; the gradient by the chain rule over the softmax's whole Jacobian. */
    private double divergence(double[] teacherLogits, double[] studentLogits, double[] gradient) {
        double temperature = divergence.temperature();
        double beta = divergence.beta();
        var p = softmax(DoubleStream.of(teacherLogits).map(t -> t / temperature).toArray());
        var q = softmax(DoubleStream.of(studentLogits).map(z -> z / temperature).toArray());
        double value = 0;
        for (int i = 0; i < p.length; i++) {
            double logQ = studentLogits[i] / temperature
                    - logSumExp(DoubleStream.of(studentLogits).map(z -> z / temperature).toArray());
            double logFloor = Math.max(Math.log(p[i]), -87);
            double logM = Math.log(beta * p[i] + (1 - beta) * q[i]);
            double forward = p[i] == 0 ? 0 : p[i] * (Math.log(p[i]) - (beta == 0 ? logQ : logM));
            double backward = q[i] == 0 ? 0 : q[i] * (logQ - (beta == 1 ? logFloor : logM));
            value += beta == 0 ? forward : beta == 1 ? backward : beta * forward + (1 - beta) * backward;
            for (int j = 0; j < p.length; j++) {
                // ∂D/∂q_i · ∂q_i/∂z_j, the former without what is the same for all i, which the Jacobian annuls.
                double jacobian = q[i] * ((i == j ? 1 : 0) - q[j]);
                gradient[j] += temperature * (beta == 0 ? -p[i] * ((i == j ? 1 : 0) - q[j])
                        : jacobian == 0 ? 0 : jacobian * (beta == 1 ? logQ - logFloor : (1 - beta) * (logQ - logM)));
            }
        }
        return temperature * temperature * value;
    }

    private static double[] logits(double[] row, double[][] words) {
        var z = new double[words.length];
        for (int i = 0; i < z.length; i++) {
            for (int h = 0; h < row.length; h++) {
                z[i] += row[h] * words[i][h];
            }
        }
        return z;
    }

    private static void backThroughLogits(double[] dz, double[] row, double[][] words, double[] dRow,
                                          double[][] dWords) {
        for (int i = 0; i < dz.length; i++) {
            for (int h = 0; h < row.length; h++) {
                dRow[h] += dz[i] * words[i][h];
                dWords[i][h] += dz[i] * row[h];
            }
        }
    }

    private static double[] softmax(double[] z) {
        double logSum = logSumExp(z);
        return IntStream.range(0, z.length).mapToDouble(i -> Math.exp(z[i] - logSum)).toArray();
    }

    private static double logSumExp(double[] z) {
        double max = IntStream.range(0, z.length).mapToDouble(i -> z[i]).max().orElseThrow();
        double sum = 0;
        for (double value : z) {
            sum += Math.exp(value - max);
        }
        return max + Math.log(sum);
    }
}
