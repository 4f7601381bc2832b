package org.xlstm4j.ops.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * The gradient of the losses over a head, span by span: logits anew, dz out of them in one pass, and the products
 * dHidden = dz · head and dHead = dzᵀ · hidden. See {@link CpuHeadLossGradient}.
 *
 * @param max           max z, [tokens, 1], float32
 * @param sum           Σ e^(z − max z), [tokens, 1], float32
 * @param dCrossEntropy [tokens, 1]
 * @param dSparseKl     [tokens, 1]; null where there is no teacher
 * @param klGradient    of the sparse KL by the student's logits at the teacher's ids, and the tail where there is one,
 *                      [tokens, classes], float32; null where there is no teacher
 * @param shares        of the classes in the student's probability, [tokens, classes], float32; null where there is no
 *                      tail
 */
record CudaHeadLossGradient(CudaPicks picks, DeviceArray max, DeviceArray sum, DeviceArray dCrossEntropy,
                            DeviceArray dSparseKl, DeviceArray klGradient, DeviceArray shares) {
    /** What a kernel keeps of a pick in shared memory. */
    private static final int PULL_BYTES = 16;

    /** Writes dHidden, and dHead where it is not null. */
    void run(DeviceArray hidden, DeviceArray head, DeviceArray dHidden, DeviceArray dHead, Precision precision,
             Gpu gpu) {
        var logits = new CudaLogits(hidden, head, precision, gpu);
        picks.requireTokens(logits.tokens());
        var dLogits = hidden.type() == DataType.FLOAT ? null
                : gpu.scratch(hidden.type(), logits.span(), logits.stride());
        var sums = dHead == null ? null : sumsOf(dHead, hidden.type(), logits, gpu);
        var upstreams = upstreams(gpu);
        for (int first = 0; first < logits.tokens(); first += logits.span()) {
            var z = logits.of(first);
            var dz = dLogits == null ? z : dLogits;
            if (shares != null) {
                CudaTail.hide(picks, logits, z, first, gpu);
            }
            logitGradient(upstreams, logits, z, dz, first, gpu);
            products(logits, Matrix.of(dz, 0, logits.stride(), 0), first, dHidden, sums, precision, gpu);
        }
        if (sums != dHead) {
            gpu.copy(gpu.as(dHead.type(), sums), dHead);
        }
    }

    /** Where dHead is summed up over the spans: in float32 where there are several. */
    private static DeviceArray sumsOf(DeviceArray dHead, DataType factors, CudaLogits logits, Gpu gpu) {
        boolean once = logits.span() == logits.tokens() && dHead.type() == factors;
        return once || dHead.type() == DataType.FLOAT ? dHead
                : gpu.scratch(DataType.FLOAT, logits.vocabSize(), logits.hiddenSize());
    }

    /**
     * What arrives at the losses, as the kernel takes it.
     *
     * @param factors of the softmax
     * @param targets of the cross-entropy
     * @param scales  of the ids' gradients; null where these are scaled
     * @param ids     the ids' gradients
     */
    private record Upstreams(DeviceArray factors, DeviceArray targets, DeviceArray scales, DeviceArray ids) {
    }

    private Upstreams upstreams(Gpu gpu) {
        var ofCrossEntropy = gpu.as(DataType.FLOAT, dCrossEntropy);
        var ofSparseKl = dSparseKl == null ? null : gpu.as(DataType.FLOAT, dSparseKl);
        if (shares == null) {
            return new Upstreams(ofCrossEntropy, ofCrossEntropy, ofSparseKl, klGradient);
        }
        var pulls = CudaTail.Pulls.of(ofCrossEntropy, ofSparseKl, klGradient, shares, picks.k(), gpu);
        return new Upstreams(pulls.factors(), ofCrossEntropy, null, pulls.pulls());
    }

    private void logitGradient(Upstreams upstreams, CudaLogits logits, DeviceArray z, DeviceArray dz, int first,
                               Gpu gpu) {
        gpu.launch(CudaHeadLoss.SOURCE, Defines.of(dz.type(), dz.type()), "logit_gradient",
                Grid.of(logits.count(first), CudaHeadLoss.THREADS).withShared(PULL_BYTES * (1 + picks.k())), z, dz,
                logits.vocabSize(), logits.stride(), first, picks.targets(), picks.ids(), picks.k(), max, sum,
                upstreams.factors(), upstreams.targets(), upstreams.scales(), upstreams.ids());
    }

    private static void products(CudaLogits logits, Matrix dz, int first, DeviceArray dHidden, DeviceArray dHead,
                                 Precision precision, Gpu gpu) {
        int count = logits.count(first);
        gpu.blas().multiply(count, logits.hiddenSize(), logits.vocabSize(), dz, logits.head(), precision, 0,
                logits.rows(dHidden, first));
        if (dHead != null) {
            gpu.blas().multiply(logits.vocabSize(), logits.hiddenSize(), count, dz.transpose(), logits.hidden(first),
                    precision, first == 0 ? 0 : 1, Matrix.of(dHead, 0, logits.hiddenSize(), 0));
        }
    }
}
