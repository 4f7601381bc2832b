package org.xlstm4j.ops.loss;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The losses over a head as one op. Cross-entropy alone: hidden, head, targets → crossEntropy, max, sum. With the
 * sparse KL: hidden, head, teacherLogits, targets, teacherIds → crossEntropy, max, sum, sparseKl, klGradient. For the
 * gradient there are max z and sum Σ e^(z − max z) over the vocabulary, [tokens, 1], and klGradient [tokens, k] with
 * respect to the student's logits at the teacher's ids, all in float32. With a tail the maximum and the sum are those
 * of the vocabulary without the teacher's ids, klGradient has a column for the tail, and a sixth output follows: the
 * shares of the classes, [tokens, k + 1], in the student's probability.
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

    HeadLossOp(Divergence divergence, SDVariable hidden, SDVariable head, SDVariable teacherLogits,
               SDVariable targets, SDVariable teacherIds) {
        super(List.of(hidden, head, teacherLogits, targets, teacherIds));
        addBArgument(true);
        Precision.addTo(this);
        divergence.addTo(this);
    }

    private boolean hasTeacher() {
        return numBArguments() > 0 && getBArgument(0);
    }

    private Divergence divergence() {
        return Divergence.of(this, 1);
    }

    @Override
    public String opName() {
        return "xlstm4j_head_loss";
    }

    @Override
    public int getNumOutputs() {
        if (!hasTeacher()) {
            return 3;
        }
        return divergence().hasTail() ? 6 : 5;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] column = {inputs.get(0).size(0), 1};
        if (!hasTeacher()) {
            return List.of(column, column, column);
        }
        long[] classes = {column[0], classes(inputs.get(4))};
        return divergence().hasTail() ? List.of(column, column, column, column, classes, classes)
                : List.of(column, column, column, column, classes);
    }

    private int classes(INDArray ids) {
        return divergence().classes(Math.toIntExact(ids.size(1)));
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
            boolean hasTail = hasTeacher() && divergence().hasTail();
            var reduced = CpuHeadLoss.reduce(tiles, picks, hasTail, worker);
            reduced.store(tiles, out.get(1), out.get(2), worker);
            if (hasTail) {
                withTail(reduced, in.get(2), out);
            } else {
                reduced.crossEntropy(tiles, picks, out.get(0), worker);
            }
            if (hasTeacher() && !hasTail) {
                withoutTail(reduced, in.get(2), out);
            }
        });
    }

    private void withTail(CpuHeadLoss.Reduced reduced, Floats teacher, List<Floats> out) {
        int tokens = out.get(0).size(0);
        int classes = out.get(4).size(1);
        requireLogits(teacher, tokens, divergence().teacherValues(classes - 1));
        var tail = new CpuTail(classes - 1, reduced);
        tail.crossEntropy(tokens, out.get(0), out.get(5));
        new CpuSparseKl(divergence(), classes).apply(tokens,
                (from, count, to, worker) -> tail.student(from, count, to),
                (from, count, to, worker) -> tail.teacher(teacher, from, count, to, worker), out.get(3), out.get(4));
    }

    private void withoutTail(CpuHeadLoss.Reduced reduced, Floats teacher, List<Floats> out) {
        int tokens = out.get(0).size(0);
        int k = out.get(4).size(1);
        requireLogits(teacher, tokens, k);
        new CpuSparseKl(divergence(), k).apply(tokens, (from, count, to, worker) -> {
            for (int t = 0; t < count; t++) {
                System.arraycopy(reduced.picked(), (from + t) * (k + 1) + 1, to, t * k, k);
            }
        }, (from, count, to, worker) -> worker.loadRows(teacher.at(from), teacher.stride(0), count, k, to),
                out.get(3), out.get(4));
    }

    private void requireLogits(Floats teacher, int tokens, int values) {
        if (teacher.size(0) != tokens || teacher.size(1) != values) {
            throw new IllegalArgumentException("teacher logits of " + teacher.size(0) + " × " + teacher.size(1)
                    + " do not fit " + tokens + " tokens, each with " + values + " for " + divergence());
        }
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        int floats = hasTeacher() ? 3 : 2;
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var picks = CudaPicks.of(in.get(floats), hasTeacher() ? in.get(floats + 1) : null, gpu);
            CudaHeadLoss.forward(in.get(0), in.get(1), picks, hasTeacher() ? in.get(2) : null, divergence(), out,
                    Precision.of(this, 0), gpu);
        });
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        boolean trainsHead = arg(1).getVariableType() != VariableType.CONSTANT;
        var saved = outputVariables();
        var inputs = new ArrayList<>(List.of(arg(0), arg(1), saved[1], saved[2], gradients.get(0)));
        if (hasTeacher()) {
            inputs.addAll(List.of(gradients.get(3), saved[4]));
            inputs.addAll(divergence().hasTail() ? List.of(saved[5]) : List.of());
            inputs.addAll(List.of(arg(3), arg(4)));
        } else {
            inputs.add(arg(2));
        }
        return List.of(new HeadLossGradientOp(inputs, trainsHead, Precision.of(this, 0)).outputVariables());
    }
}
