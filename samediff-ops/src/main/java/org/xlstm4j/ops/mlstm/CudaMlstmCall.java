package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.mask.CudaDocumentStarts;
import org.xlstm4j.ops.mlstm.CudaMlstm.Gradients;
import org.xlstm4j.ops.mlstm.CudaMlstm.Inputs;
import org.xlstm4j.ops.mlstm.CudaMlstm.State;
import org.xlstm4j.ops.mlstm.CudaMlstm.Upstream;

/** {@link CudaMlstm} over the arrays of {@link MlstmOp} and {@link MlstmGradientOp}, where states may be of any type. */
final class CudaMlstmCall {
    private final MlstmArguments arguments;
    private final List<DeviceArray> in;
    private final List<DeviceArray> out;
    private final Gpu gpu;

    CudaMlstmCall(MlstmArguments arguments, List<DeviceArray> in, List<DeviceArray> out, Gpu gpu) {
        this.arguments = arguments;
        this.in = in;
        this.out = out;
        this.gpu = gpu;
    }

    void forward() {
        var mlstm = mlstm();
        var last = arguments.finalState() ? floats(MlstmOp.LAST) : null;
        if (arguments.spec().time() == 1 && arguments.initialState() && arguments.finalState()) {
            mlstm.step(out.get(0), out.get(1), last);
        } else {
            mlstm.forward(out.get(0), out.get(1), last);
        }
        if (arguments.finalState()) {
            write(last, MlstmOp.LAST);
        }
    }

    void backward() {
        int hidden = arguments.differentiable();
        var initial = arguments.initialState() ? floats(MlstmOp.GATED) : null;
        mlstm().backward(new Upstream(in.get(hidden), in.get(hidden + 1), in.get(hidden + 2),
                        arguments.finalState() ? state(hidden + 3) : null),
                new Gradients(out.get(0), out.get(1), out.get(2), out.get(3), out.get(4), initial));
        if (arguments.initialState()) {
            write(initial, MlstmOp.GATED);
        }
    }

    private CudaMlstm mlstm() {
        var spec = arguments.spec();
        var query = in.get(0);
        var starts = arguments.segments()
                ? CudaDocumentStarts.of(in.get(in.size() - 1), query.size(0) / spec.time(), spec.time(), gpu) : null;
        var inputs = new Inputs(query, in.get(1), in.get(2), 1, in.get(3), in.get(4), spec.heads(), starts,
                arguments.initialState() ? state(MlstmOp.GATED) : null);
        return new CudaMlstm(spec, inputs, arguments.precision(), gpu);
    }

    /** Inputs from the given one on, in float32. */
    private State state(int index) {
        return new State(gpu.as(DataType.FLOAT, in.get(index)), gpu.as(DataType.FLOAT, in.get(index + 1)),
                gpu.as(DataType.FLOAT, in.get(index + 2)));
    }

    /** Outputs from the given one on, or what stands for them where they are not of float32. */
    private State floats(int index) {
        return new State(floats(out.get(index)), floats(out.get(index + 1)), floats(out.get(index + 2)));
    }

    private DeviceArray floats(DeviceArray output) {
        return output.type() == DataType.FLOAT ? output : gpu.scratch(DataType.FLOAT, output.length());
    }

    private void write(State state, int index) {
        write(state.memory(), out.get(index));
        write(state.normalizer(), out.get(index + 1));
        write(state.max(), out.get(index + 2));
    }

    private void write(DeviceArray floats, DeviceArray output) {
        gpu.copy(gpu.as(output.type(), floats), output);
    }
}
