package org.xlstm4j.ops.loss;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * Cross-entropy and sparse KL over a head: a span's logits by cuBLAS, then one kernel that reads them once. Logits of a
 * token are in float32 whatever it is in.
 */
final class CudaHeadLoss {
    static final String SOURCE = "loss/loss.cu";
    static final int THREADS = 256;
    private static final int WARPS = THREADS / 32;

    private CudaHeadLoss() {
    }

    /**
     * Writes the losses, and what their gradient needs.
     *
     * @param picks the targets and the teacher's ids
     * @param out   in the order of {@link HeadLossOp}
     */
    static void forward(DeviceArray hidden, DeviceArray head, CudaPicks picks, DeviceArray teacherLogits,
                        List<DeviceArray> out, Precision precision, Gpu gpu) {
        var logits = new CudaLogits(hidden, head, precision, gpu);
        picks.requireTokens(logits.tokens());
        var defines = Defines.of(hidden.type(), head.type());
        var picked = gpu.scratch(DataType.FLOAT, logits.tokens(), picks.k());
        for (int first = 0; first < logits.tokens(); first += logits.span()) {
            gpu.launch(SOURCE, defines, "reduce", Grid.of(logits.count(first), THREADS), logits.of(first),
                    logits.vocabSize(), logits.stride(), first, picks.targets(), picks.ids(), picks.k(), out.get(0),
                    out.get(1), out.get(2), picked);
        }
        if (teacherLogits != null) {
            picks.requireLogits(teacherLogits);
            gpu.launch(SOURCE, defines, "sparse_kl", Grid.of(Grid.blocks(logits.tokens(), WARPS), THREADS), picked,
                    gpu.as(DataType.FLOAT, teacherLogits), logits.tokens(), picks.k(), out.get(3), out.get(4));
        }
    }
}
