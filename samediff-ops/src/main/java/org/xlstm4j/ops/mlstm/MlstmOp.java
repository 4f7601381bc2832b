package org.xlstm4j.ops.mlstm;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The chunkwise mLSTM as one op: query, key, value, input gate, forget gate, then memory, normalizer and max of an
 * initial state where there is one, then segments where there are any → hidden, and memory, normalizer and max of the
 * final state where they are wanted.
 */
public final class MlstmOp extends JavaOp {
    private static final int GATED = 5;
    private static final int STATE = 3;

    /** For ND4J. */
    public MlstmOp() {
    }

    private MlstmOp(MlstmArguments arguments, MlstmInputs inputs) {
        super(variables(inputs));
        arguments.addTo(this);
    }

    static SDVariable hidden(MlstmSpec spec, MlstmInputs inputs) {
        return new MlstmOp(MlstmArguments.of(spec, inputs, false), inputs).outputVariable();
    }

    static MlstmOutput withState(MlstmSpec spec, MlstmInputs inputs) {
        var outputs = new MlstmOp(MlstmArguments.of(spec, inputs, true), inputs).outputVariables();
        return new MlstmOutput(outputs[0], new MlstmState(outputs[1], outputs[2], outputs[3]));
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
        return MlstmArguments.hasFinalState(this) ? 1 + STATE : 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var arguments = MlstmArguments.of(this);
        var shapes = new ArrayList<long[]>();
        shapes.add(inputs.get(2).shape());
        if (arguments.finalState()) {
            var spec = arguments.spec();
            long batch = inputs.get(0).size(0) / spec.time();
            shapes.add(new long[] {batch, spec.heads(), spec.keyDim(), spec.valueDim()});
            shapes.add(new long[] {batch, spec.heads(), spec.keyDim()});
            shapes.add(new long[] {batch, spec.heads()});
        }
        return shapes;
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuMlstm.forward(arguments, in, out));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var arguments = MlstmArguments.of(this);
        var inputs = new ArrayList<>(List.of(args()));
        int differentiable = arguments.initialState() ? GATED + STATE : GATED;
        inputs.add(differentiable, outputVariables()[0]);
        inputs.addAll(differentiable + 1, gradients);
        return List.of(new MlstmGradientOp(arguments, inputs).outputVariables());
    }
}
