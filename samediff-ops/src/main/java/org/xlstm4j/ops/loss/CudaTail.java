package org.xlstm4j.ops.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * The words that are none of the teacher's ids as one more class, see {@link CpuTail}: before logits are reduced, those
 * at the targets and ids are read, and the ids hidden.
 *
 * @param targetLogits [tokens]
 * @param picked       [tokens, k]
 */
record CudaTail(CudaPicks picks, DeviceArray targetLogits, DeviceArray picked) {
    static final String SOURCE = "loss/divergence.cu";
    private static final int THREADS = 256;

    CudaTail(CudaPicks picks, Gpu gpu) {
        this(picks, gpu.scratch(DataType.FLOAT, picks.targets().length()),
                gpu.scratch(DataType.FLOAT, picks.targets().length(), picks.k()));
    }

    /** Reads what losses look up of a span's logits, and hides the ids. */
    void take(CudaLogits logits, DeviceArray z, int first, Gpu gpu) {
        hide(picks, logits, z, first, targetLogits, picked, gpu);
    }

    /** Hides the ids in a span's logits. */
    static void hide(CudaPicks picks, CudaLogits logits, DeviceArray z, int first, Gpu gpu) {
        hide(picks, logits, z, first, null, null, gpu);
    }

    private static void hide(CudaPicks picks, CudaLogits logits, DeviceArray z, int first, DeviceArray targetLogits,
                             DeviceArray picked, Gpu gpu) {
        gpu.launch(SOURCE, Defines.none(), "hide", Grid.of(logits.count(first), THREADS), z, logits.vocabSize(),
                logits.stride(), first, picks.targets(), picks.ids(), picks.k(), targetLogits, picked);
    }

    /**
     * What the gradient multiplies the softmax over the tail's words by, and what ids add to it.
     *
     * @param factors [tokens]
     * @param pulls   [tokens, k]
     */
    record Pulls(DeviceArray factors, DeviceArray pulls) {

        static Pulls of(DeviceArray dCrossEntropy, DeviceArray dSparseKl, DeviceArray klGradient, DeviceArray shares,
                        int k, Gpu gpu) {
            int tokens = shares.size(0);
            var factors = gpu.scratch(DataType.FLOAT, tokens);
            var pulls = gpu.scratch(DataType.FLOAT, tokens, k);
            gpu.launch(SOURCE, Defines.none(), "tail_pulls",
                    Grid.of(Grid.blocks(Math.multiplyExact(tokens, k + 1), THREADS), THREADS), dCrossEntropy, dSparseKl,
                    klGradient, shares, tokens, k, factors, pulls);
            return new Pulls(factors, pulls);
        }
    }
}
