package org.xlstm4j.ops.slstm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The sLSTM as one op: gates, recurrent weights, then cell, normalizer, hidden and max of an initial state where there
 * is one, then the mask where there is one → hidden; then cell, normalizer, hidden and max of the final state where
 * they are wanted.
 */
public final class SlstmOp extends JavaOp {
    /** Inputs before the initial state. */
    static final int WEIGHTED = 2;
    /** Arrays of a state. */
    static final int STATE = 4;

    /** For ND4J. */
    public SlstmOp() {
    }

    private SlstmOp(SlstmArguments arguments, SlstmInputs inputs) {
        super(variables(inputs));
        arguments.addTo(this);
    }

    static SDVariable hidden(SlstmSpec spec, SlstmInputs inputs) {
        return new SlstmOp(SlstmArguments.of(spec, inputs, false), inputs).outputVariables()[0];
    }

    static SlstmOutput withState(SlstmSpec spec, SlstmInputs inputs) {
        var outputs = new SlstmOp(SlstmArguments.of(spec, inputs, true), inputs).outputVariables();
        return new SlstmOutput(outputs[0], new SlstmState(outputs[1], outputs[2], outputs[3], outputs[4]));
    }

    private static List<SDVariable> variables(SlstmInputs inputs) {
        var variables = new ArrayList<>(List.of(inputs.gates(), inputs.recurrent()));
        var initial = inputs.initial();
        if (initial != null) {
            variables.addAll(List.of(initial.cell(), initial.normalizer(), initial.hidden(), initial.max()));
        }
        if (inputs.mask() != null) {
            variables.add(inputs.mask());
        }
        return variables;
    }

    @Override
    public String opName() {
        return "xlstm4j_slstm";
    }

    @Override
    public int getNumOutputs() {
        return SlstmArguments.hasFinalState(this) ? 1 + STATE : 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var arguments = SlstmArguments.of(this);
        var spec = arguments.spec();
        requireShapes(arguments, inputs);
        long rows = inputs.get(0).size(0);
        var shapes = new ArrayList<long[]>();
        shapes.add(new long[] {rows, spec.width()});
        if (arguments.finalState()) {
            shapes.addAll(Collections.nCopies(STATE, new long[] {rows / spec.time(), spec.heads(), spec.headDim()}));
        }
        return shapes;
    }

    /** Kernels go by addresses: what they are given must be as large as they think. */
    private static void requireShapes(SlstmArguments arguments, List<INDArray> inputs) {
        var spec = arguments.spec();
        long rows = inputs.get(0).size(0);
        long batch = rows / spec.time();
        require("gates", inputs.get(0), batch * spec.time(), (long) SlstmInputs.GATES * spec.width());
        require("recurrent weights", inputs.get(1), SlstmInputs.GATES, spec.heads(), spec.headDim(), spec.headDim());
        if (arguments.initialState()) {
            for (var state : inputs.subList(WEIGHTED, WEIGHTED + STATE)) {
                require("states", state, batch, spec.heads(), spec.headDim());
            }
        }
        if (arguments.mask()) {
            require("mask", inputs.get(arguments.maskIndex()), batch, spec.time());
        }
    }

    private static void require(String name, INDArray array, long... shape) {
        if (!Arrays.equals(array.shape(), shape)) {
            throw new IllegalArgumentException("the sLSTM needs " + name + " of shape " + Arrays.toString(shape)
                    + ", got " + Arrays.toString(array.shape()));
        }
    }

    /** The final state is of the initial one's type. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        var types = new ArrayList<>(List.of(inputs.get(0)));
        if (SlstmArguments.hasFinalState(this)) {
            types.addAll(Collections.nCopies(STATE,
                    inputs.get(SlstmArguments.hasInitialState(this) ? WEIGHTED : 0)));
        }
        return types;
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = SlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuSlstm.forward(arguments, in, out));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        throw noCuda();
    }

    static UnsupportedOperationException noCuda() {
        return new UnsupportedOperationException("the sLSTM has no CUDA form, and this graph was built with that for "
                + "the CPU: build the graph again where ND4J runs on a GPU, and it will be composed of stock ops");
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var arguments = SlstmArguments.of(this);
        int differentiable = arguments.differentiable();
        var others = new ArrayList<SDVariable>(List.of(args()).subList(differentiable, args().length));
        others.add(outputVariables()[0]);
        // The last one is the max's, which has none.
        others.addAll(gradients.subList(0, arguments.finalState() ? STATE : 1));
        return new SlstmGradientOp(arguments, List.of(args()).subList(0, differentiable), others).gradients();
    }
}
