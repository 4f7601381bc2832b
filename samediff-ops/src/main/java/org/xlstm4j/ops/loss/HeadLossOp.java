package org.xlstm4j.ops.loss;

import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The losses over a head as one op. Cross-entropy alone: hidden, head, targets → crossEntropy, max, sum. With the
 * sparse KL: hidden, head, teacherLogits, targets, teacherIds → crossEntropy, max, sum, sparseKl, klGradient. For the
 * gradient there are max z and sum Σ e^(z − max z) over the vocabulary, [tokens, 1], and klGradient [tokens, k] with
 * respect to the student's logits at the teacher's ids, all in float32.
 */
public final class HeadLossOp extends JavaOp {

    /** For ND4J. */
    public HeadLossOp() {
    }

    HeadLossOp(SDVariable hidden, SDVariable head, SDVariable targets) {
        super(List.of(hidden, head, targets));
        addBArgument(false);
        Precision.addTo(this);
    }

    HeadLossOp(SDVariable hidden, SDVariable head, SDVariable teacherLogits, SDVariable targets,
               SDVariable teacherIds) {
        super(List.of(hidden, head, teacherLogits, targets, teacherIds));
        addBArgument(true);
        Precision.addTo(this);
    }

    private boolean hasTeacher() {
        return numBArguments() > 0 && getBArgument(0);
    }

    @Override
    public String opName() {
        return "xlstm4j_head_loss";
    }

    @Override
    public int getNumOutputs() {
        return hasTeacher() ? 5 : 3;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] column = {inputs.get(0).size(0), 1};
        return hasTeacher() ? List.of(column, column, column, column, inputs.get(2).shape())
                : List.of(column, column, column);
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return Collections.nCopies(getNumOutputs(), DataType.FLOAT);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        int floats = hasTeacher() ? 3 : 2;
        var targets = Ints.of(inputs.get(floats));
        var ids = hasTeacher() ? Ints.of(inputs.get(floats + 1)) : new int[0];
        CpuCall.run(inputs.subList(0, floats), outputs, (in, out, worker) -> {
            var tiles = new LogitTiles(in.get(0), in.get(1));
            var picks = Picks.of(tiles, targets, ids, worker);
            var picked = CpuHeadLoss.crossEntropy(tiles, picks, out.get(0), out.get(1), out.get(2), worker);
            if (hasTeacher()) {
                CpuSparseKl.apply(tiles, picks, picked, in.get(2), out.get(3), out.get(4));
            }
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        int floats = hasTeacher() ? 3 : 2;
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var picks = CudaPicks.of(in.get(floats), hasTeacher() ? in.get(floats + 1) : null, gpu);
            CudaHeadLoss.forward(in.get(0), in.get(1), picks, hasTeacher() ? in.get(2) : null, out,
                    Precision.of(this, 0), gpu);
        });
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        boolean trainsHead = arg(1).getVariableType() != VariableType.CONSTANT;
        var saved = outputVariables();
        var inputs = hasTeacher()
                ? List.of(arg(0), arg(1), saved[1], saved[2], gradients.get(0), gradients.get(3), saved[4], arg(3),
                        arg(4))
                : List.of(arg(0), arg(1), saved[1], saved[2], gradients.get(0), arg(2));
        return List.of(new HeadLossGradientOp(inputs, trainsHead, Precision.of(this, 0)).outputVariables());
    }
}
