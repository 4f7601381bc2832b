package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.attention.CudaAttentionStep;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** The fused decoding step on a GPU: two kernels after attention's, weights and memories read once. */
final class CudaHybridStep {
    private static final String SOURCE = "hybrid/hybrid_step.cu";
    private static final int CACHES = Operands.COUNT;
    private static final int STATE = CACHES + 3;
    /** Queries' features, keys' features, gates. */
    private static final int TASKS = 3;
    /** Numbers that are kept of a head's gates. */
    private static final int GATES = 3;
    private static final int COLUMNS = 32;

    private final RingBuffer ring;
    private final List<DeviceArray> arrays;
    private final Operands<DeviceArray> in;
    private final CudaMixer mixer;
    private final Gpu gpu;

    CudaHybridStep(HybridArguments arguments, RingBuffer ring, List<DeviceArray> arrays, Gpu gpu) {
        this.ring = ring;
        this.arrays = arrays;
        this.in = Operands.of(arrays);
        this.mixer = CudaMixer.of(arguments, in, gpu);
        this.gpu = gpu;
    }

    /** @param out in the order of {@link HybridStepOp}; the state after the step lies elsewhere than that before it */
    void run(List<DeviceArray> out) {
        var spec = mixer.spec();
        new CudaAttentionStep(spec.attention(), ring).run(List.of(in.query(), in.key(), in.value(),
                arrays.get(CACHES), arrays.get(CACHES + 1), arrays.get(CACHES + 2)), out.subList(2, 5), gpu);

        int batch = mixer.rows();
        int heads = spec.heads();
        var defines = mixer.defines().with("State", arrays.get(STATE).type());
        var features = gpu.scratch(DataType.FLOAT, 2, batch, heads, spec.headDim());
        var gates = gpu.scratch(DataType.FLOAT, batch, heads, GATES);
        gpu.launch(SOURCE, defines, "features_and_gates",
                new Grid(heads, batch, TASKS, CudaMixer.THREADS, 1, 0), in.x(), in.query(), in.key(), in.value(),
                in.queryFeatures(), in.keyFeatures(), in.inputGateWeight(), in.inputGateBias(),
                in.forgetGateWeight(), in.forgetGateBias(), in.outputGateWeight(), in.outputGateBias(), features,
                gates, out.get(1), spec.keyValueHeads(), in.x().size(1));
        gpu.launch(SOURCE, defines, "remember_and_mix",
                new Grid(Grid.blocks(spec.headDim(), COLUMNS), heads, batch, CudaMixer.THREADS, 1, 0), features, gates,
                in.value(), out.get(2), arrays.get(STATE), arrays.get(STATE + 1), arrays.get(STATE + 2), out.get(0),
                out.get(5), out.get(6), out.get(7), spec.keyValueHeads());
    }
}
