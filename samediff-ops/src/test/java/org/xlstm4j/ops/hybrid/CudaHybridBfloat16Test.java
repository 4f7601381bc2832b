package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.OnGpu;

/** Activations of 16 bits beside parameters in float32, in heads that the kernels for tensor cores take. */
@OnGpu
class CudaHybridBfloat16Test extends HybridContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.BFLOAT16;
    }

    @Override
    protected int headDim() {
        return 32;
    }

    /** Features of wide heads are sharp: what is rounded in their logits weighs more in them. */
    @Override
    protected double tolerance() {
        return 5e-2;
    }

    @Override
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType(), DataType.FLOAT);
    }

    @Test
    void isSound() {
        var spec = new HybridSpec(4, 2, 70, headDim(), 20, 3, 16);
        FusedOps.assertSound(graph(spec, given(spec, 11), null), List.of("x", "query", "key", "queryFeatures"));
    }
}
