package org.xlstm4j.ops.hybrid;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.mlstm.MlstmState;

/**
 * The mixer over whole sequences as one op: {@link Operands}, then segments where there are any → hidden and gate, then
 * what the gradient needs: the branches' outputs, attention's log-sum-exp and the mLSTM's products q · z, the last two
 * [batch, heads, time]; then memory, normalizer and max of the final state where they are wanted.
 */
public final class HybridOp extends JavaOp {
    /** Outputs before log-sum-exp and products. */
    private static final int BRANCHES = 4;
    /** Outputs before the final state. */
    static final int KEPT = 6;
    private static final int STATE = 3;

    /** For ND4J. */
    public HybridOp() {
    }

    private HybridOp(HybridArguments arguments, List<SDVariable> inputs) {
        super(inputs);
        arguments.addTo(this);
    }

    static HybridOutput apply(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        return output(variables(spec, parameters, in, false));
    }

    static Hybrid.WithState applyWithState(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        var outputs = variables(spec, parameters, in, true);
        return new Hybrid.WithState(output(outputs),
                new MlstmState(outputs[KEPT], outputs[KEPT + 1], outputs[KEPT + 2]));
    }

    private static SDVariable[] variables(HybridSpec spec, HybridParameters parameters, HybridInputs in,
                                          boolean finalState) {
        var inputs = new ArrayList<>(Operands.variables(parameters, in));
        if (in.segments() != null) {
            inputs.add(in.segments());
        }
        var arguments = new HybridArguments(spec, in.segments() != null, finalState, Precision.wanted());
        return new HybridOp(arguments, inputs).outputVariables();
    }

    private static HybridOutput output(SDVariable[] outputs) {
        return new HybridOutput(outputs[0], outputs[1]);
    }

    @Override
    public String opName() {
        return "xlstm4j_hybrid";
    }

    @Override
    public int getNumOutputs() {
        return HybridArguments.hasFinalState(this) ? KEPT + STATE : KEPT;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var arguments = HybridArguments.of(this);
        var spec = arguments.spec();
        long batch = inputs.get(1).size(0) / spec.time();
        var rows = inputs.get(1).shape();
        var steps = new long[] {batch, spec.heads(), spec.time()};
        var shapes = new ArrayList<>(List.of(rows, steps, rows, rows, steps, steps));
        if (arguments.finalState()) {
            shapes.add(new long[] {batch, spec.heads(), spec.headDim(), spec.headDim()});
            shapes.add(new long[] {batch, spec.heads(), spec.headDim()});
            shapes.add(new long[] {batch, spec.heads()});
        }
        return shapes;
    }

    /** Log-sum-exp, products and state are in float32. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return IntStream.range(0, getNumOutputs()).mapToObj(i -> i < BRANCHES ? inputs.get(0) : DataType.FLOAT)
                .toList();
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = HybridArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> new CpuHybrid(arguments, in, worker).forward(out));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = HybridArguments.of(this);
        CudaCall.run(inputs, outputs, (in, out, gpu) -> new CudaHybrid(arguments, in, gpu).forward(out));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var arguments = HybridArguments.of(this);
        var outputs = outputVariables();
        var inputs = new ArrayList<>(List.of(args()).subList(0, Operands.COUNT));
        inputs.addAll(List.of(outputs).subList(1, KEPT));
        inputs.addAll(gradients.subList(0, 2));
        inputs.addAll(gradients.subList(KEPT, gradients.size()));
        inputs.addAll(List.of(args()).subList(Operands.COUNT, args().length));
        return List.of(new HybridGradientOp(arguments, inputs).outputVariables());
    }
}
