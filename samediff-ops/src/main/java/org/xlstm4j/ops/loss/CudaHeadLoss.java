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
                        Divergence divergence, List<DeviceArray> out, Precision precision, Gpu gpu) {
        var logits = new CudaLogits(hidden, head, precision, gpu);
        picks.requireTokens(logits.tokens());
        var defines = Defines.of(hidden.type(), head.type());
        var tail = teacherLogits != null && divergence.hasTail() ? new CudaTail(picks, gpu) : null;
        var reduced = tail == null ? picks : picks.withoutTeacher();
        var picked = tail == null ? gpu.scratch(DataType.FLOAT, logits.tokens(), picks.k()) : tail.picked();
        for (int first = 0; first < logits.tokens(); first += logits.span()) {
            var z = logits.of(first);
            if (tail != null) {
                tail.take(logits, z, first, gpu);
            }
            gpu.launch(SOURCE, defines, "reduce", Grid.of(logits.count(first), THREADS), z, logits.vocabSize(),
                    logits.stride(), first, reduced.targets(), reduced.ids(), reduced.k(), out.get(0), out.get(1),
                    out.get(2), picked);
        }
        if (teacherLogits != null) {
            picks.requireLogits(teacherLogits, divergence);
            compare(divergence, picked, tail, gpu.as(DataType.FLOAT, teacherLogits), picks.k(), out, defines, gpu);
        }
    }

    private static void compare(Divergence divergence, DeviceArray picked, CudaTail tail, DeviceArray teacherLogits,
                                int k, List<DeviceArray> out, Defines defines, Gpu gpu) {
        int tokens = out.get(0).size(0);
        var grid = Grid.of(Grid.blocks(tokens, WARPS), THREADS);
        if (divergence.equals(Divergence.FORWARD_KL)) {
            gpu.launch(SOURCE, defines, "sparse_kl", grid, picked, teacherLogits, tokens, k, out.get(3),
                    out.get(4));
        } else {
            gpu.launch(CudaTail.SOURCE, Defines.none(), "divergence", grid, picked, teacherLogits, tokens, k,
                    (float) divergence.beta(), (float) divergence.temperature(), divergence.tail().ordinal(),
                    tail == null ? null : out.get(1), tail == null ? null : out.get(2),
                    tail == null ? null : tail.targetLogits(), out.get(3), out.get(4),
                    tail == null ? null : out.get(0), tail == null ? null : out.get(5));
        }
    }
}
