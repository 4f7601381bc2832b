package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.HeadLossSpec;

/** The language-model head and the losses of distillation over it. Work is the head's products. */
record HeadLossCase(int rows, int hidden, int vocabSize, int topK) implements OperatorCase {

    @Override
    public String operator() {
        return "head-loss";
    }

    @Override
    public String shape() {
        return rows + " × " + hidden + " → " + vocabSize + " k=" + topK;
    }

    @Override
    public long tokens() {
        return rows;
    }

    @Override
    public Work work(Direction direction) {
        double weights = (double) hidden * vocabSize;
        return Work.of(direction, 2 * rows * weights, (double) rows * hidden + weights, rows);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var losses = HeadLoss.distillation(new HeadLossSpec(rows, vocabSize, topK), in.variable("hidden", rows, hidden),
                in.parameter("head", vocabSize, hidden), in.ids("targets", vocabSize, rows),
                in.sd().constant(distinctIds(rows, topK, vocabSize)),
                in.placeholder("teacherLogs", Nd4j.zeros(DataType.FLOAT, rows, topK)));
        return List.of(losses.crossEntropy().mul(0.9).add(losses.sparseKl().mul(0.1)));
    }

    /** Ids for a teacher's top-k, [rows, topK]: distinct within a row, as a teacher's are. */
    static INDArray distinctIds(int rows, int topK, int vocabSize) {
        var ids = new int[rows][topK];
        int apart = vocabSize / topK;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < topK; j++) {
                ids[row][j] = j * apart + row % apart;
            }
        }
        return Nd4j.createFromArray(ids);
    }
}
