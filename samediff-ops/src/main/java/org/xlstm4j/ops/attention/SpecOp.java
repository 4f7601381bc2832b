package org.xlstm4j.ops.attention;

import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.mask.CudaDocumentStarts;

/** An op whose arguments begin with an {@link AttentionSpec}. */
abstract class SpecOp extends JavaOp {
    /** Integer arguments that are the spec's. */
    static final int SPEC_ARGUMENTS = 7;
    /** The integer argument that is the precision, for ops that keep one. */
    static final int PRECISION = SPEC_ARGUMENTS;

    SpecOp() {
    }

    SpecOp(AttentionSpec spec, List<SDVariable> inputs) {
        super(inputs);
        addIArgument(spec.heads(), spec.keyValueHeads(), spec.time(), spec.headDim(), spec.valueDim());
        // No window has size 0.
        addIArgument(spec.window().map(AttentionSpec.Window::size).orElse(0),
                spec.window().map(AttentionSpec.Window::sinks).orElse(0));
        addTArgument(spec.scale());
    }

    final AttentionSpec spec() {
        var window = integer(5) == 0 ? Optional.<AttentionSpec.Window>empty()
                : Optional.of(new AttentionSpec.Window(integer(5), integer(6)));
        return new AttentionSpec(integer(0), integer(1), integer(2), integer(3), integer(4), getTArgument(0), window);
    }

    /** Attention to the first three inputs, in the documents that the input of the given index numbers, if any. */
    final CudaAttention cudaAttention(List<DeviceArray> in, int segments, Gpu gpu) {
        var spec = spec();
        var starts = in.size() > segments ? CudaDocumentStarts.of(in.get(segments),
                in.get(0).size(0) / spec.time(), spec.time(), gpu) : null;
        return new CudaAttention(spec, new CudaAttention.Inputs(in.get(0), in.get(1), in.get(2), starts),
                Precision.of(this, PRECISION), gpu);
    }

    final int integer(int index) {
        return Math.toIntExact(getIArgument(index));
    }
}
