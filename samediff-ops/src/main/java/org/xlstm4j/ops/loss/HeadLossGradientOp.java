package org.xlstm4j.ops.loss;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link HeadLossOp}: hidden, head, max, sum, dCrossEntropy, targets, or with the sparse KL hidden,
 * head, max, sum, dCrossEntropy, dSparseKl, klGradient, targets, teacherIds, with a tail also the shares after
 * klGradient → dHidden and, where the head trains, dHead.
 */
public final class HeadLossGradientOp extends JavaOp {
    private static final int INPUTS_WITH_TEACHER = 9;
    private static final int INPUTS_WITH_TAIL = 10;

    /** For ND4J. */
    public HeadLossGradientOp() {
    }

    HeadLossGradientOp(List<SDVariable> inputs, boolean trainsHead, Precision precision) {
        super(inputs);
        addBArgument(trainsHead);
        addIArgument(precision.ordinal());
    }

    private boolean trainsHead() {
        return numBArguments() > 0 && getBArgument(0);
    }

    @Override
    public String opName() {
        return "xlstm4j_head_loss_gradient";
    }

    @Override
    public int getNumOutputs() {
        return trainsHead() ? 2 : 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var hidden = inputs.get(0).shape();
        return trainsHead() ? List.of(hidden, inputs.get(1).shape()) : List.of(hidden);
    }

    /** Gradients are of the type of what they differentiate by. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return inputs.subList(0, getNumOutputs());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        boolean hasTail = inputs.size() == INPUTS_WITH_TAIL;
        boolean hasTeacher = hasTail || inputs.size() == INPUTS_WITH_TEACHER;
        int floats = inputs.size() - (hasTeacher ? 2 : 1);
        var targets = Ints.of(inputs.get(floats));
        var ids = hasTeacher ? Ints.of(inputs.get(floats + 1)) : new int[0];
        CpuCall.run(inputs.subList(0, floats), outputs, (in, out, worker) -> {
            var tiles = new LogitTiles(in.get(0), in.get(1));
            var picks = Picks.of(tiles, targets, ids, worker);
            var pulls = hasTail ? CpuPulls.of(in.get(4), in.get(5), in.get(6), in.get(7), worker)
                    : hasTeacher ? CpuPulls.of(in.get(4), in.get(5), in.get(6), worker)
                    : CpuPulls.of(in.get(4), worker);
            var softmax = new ScaledSoftmax(in.get(2), in.get(3), pulls.factors());
            var dHead = trainsHead() ? out.get(1) : null;
            new CpuHeadLossGradient(tiles, picks, pulls, softmax).run(out.get(0), dHead, worker);
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        boolean hasTail = inputs.size() == INPUTS_WITH_TAIL;
        boolean hasTeacher = hasTail || inputs.size() == INPUTS_WITH_TEACHER;
        int floats = inputs.size() - (hasTeacher ? 2 : 1);
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var picks = CudaPicks.of(in.get(floats), hasTeacher ? in.get(floats + 1) : null, gpu);
            new CudaHeadLossGradient(picks, in.get(2), in.get(3), in.get(4), hasTeacher ? in.get(5) : null,
                    hasTeacher ? in.get(6) : null, hasTail ? in.get(7) : null).run(in.get(0), in.get(1), out.get(0),
                    trainsHead() ? out.get(1) : null, Precision.of(this, 0), gpu);
        });
    }
}
