package org.xlstm4j.ops.mlstm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The chunkwise mLSTM as one op: query, key, value, input gate, forget gate, then memory, normalizer and max of an
 * initial state where there is one, then segments where there are any → hidden, and what its gradient needs, the
 * products q · z, [batch, heads, time]; then memory, normalizer and max of the final state where they are wanted.
 */
public final class MlstmOp extends JavaOp {
    /** Inputs before the initial state. */
    static final int GATED = 5;
    /** Arrays of a state. */
    static final int STATE = 3;
    /** Outputs before the final state. */
    static final int LAST = 2;

    /** For ND4J. */
    public MlstmOp() {
    }

    private MlstmOp(MlstmArguments arguments, MlstmInputs inputs) {
        super(variables(inputs));
        arguments.addTo(this);
    }

    static SDVariable hidden(MlstmSpec spec, MlstmInputs inputs) {
        return new MlstmOp(MlstmArguments.of(spec, inputs, false), inputs).outputVariables()[0];
    }

    static MlstmOutput withState(MlstmSpec spec, MlstmInputs inputs) {
        var outputs = new MlstmOp(MlstmArguments.of(spec, inputs, true), inputs).outputVariables();
        return new MlstmOutput(outputs[0], new MlstmState(outputs[LAST], outputs[LAST + 1], outputs[LAST + 2]));
    }

    private static List<SDVariable> variables(MlstmInputs inputs) {
        var variables = new ArrayList<>(List.of(inputs.query(), inputs.key(), inputs.value(), inputs.inputGate(),
                inputs.forgetGate()));
        if (inputs.initial() != null) {
            variables.addAll(List.of(inputs.initial().memory(), inputs.initial().normalizer(),
                    inputs.initial().max()));
        }
        if (inputs.segments() != null) {
            variables.add(inputs.segments());
        }
        return variables;
    }

    @Override
    public String opName() {
        return "xlstm4j_mlstm";
    }

    @Override
    public int getNumOutputs() {
        return MlstmArguments.hasFinalState(this) ? LAST + STATE : LAST;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var arguments = MlstmArguments.of(this);
        var spec = arguments.spec();
        long batch = inputs.get(0).size(0) / spec.time();
        var shapes = new ArrayList<long[]>();
        shapes.add(inputs.get(2).shape());
        shapes.add(new long[] {batch, spec.heads(), spec.time()});
        if (arguments.finalState()) {
            shapes.add(new long[] {batch, spec.heads(), spec.keyDim(), spec.valueDim()});
            shapes.add(new long[] {batch, spec.heads(), spec.keyDim()});
            shapes.add(new long[] {batch, spec.heads()});
        }
        return shapes;
    }

    /** The final state is of the initial one's type. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        var types = new ArrayList<>(List.of(inputs.get(0), DataType.FLOAT));
        if (MlstmArguments.hasFinalState(this)) {
            int from = MlstmArguments.differentiable(this) > GATED ? GATED : 0;
            types.addAll(Collections.nCopies(STATE, inputs.get(from)));
        }
        return types;
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuMlstm.forward(arguments, in, out));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CudaCall.run(inputs, outputs, (in, out, gpu) -> new CudaMlstmCall(arguments, in, out, gpu).forward());
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var arguments = MlstmArguments.of(this);
        int differentiable = arguments.differentiable();
        var inputs = new ArrayList<>(List.of(args()).subList(0, differentiable));
        inputs.addAll(List.of(outputVariables()).subList(0, LAST));
        inputs.add(gradients.get(0));
        inputs.addAll(gradients.subList(LAST, gradients.size()));
        inputs.addAll(List.of(args()).subList(differentiable, args().length));
        return List.of(new MlstmGradientOp(arguments, inputs).outputVariables());
    }
}
