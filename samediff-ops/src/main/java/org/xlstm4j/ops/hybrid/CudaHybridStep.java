package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.attention.CudaAttentionStep;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** The fused decoding step on a GPU: two kernels, which read weights, caches and memories once. */
final class CudaHybridStep {
    private static final String SOURCE = "hybrid/hybrid_step.cu";
    private static final int CACHES = Operands.COUNT;
    private static final int POSITIONS = CACHES + 2;
    private static final int STATE = CACHES + 3;
    /** Queries' features, keys' features, gates. */
    private static final int TASKS = 3;
    /** Numbers that are kept of a head's gates. */
    private static final int GATES = 3;
    private static final int COLUMNS = 32;
    /** Shared memory for sums of the features' logits, of a few threads' runs each, at most. */
    private static final int FEATURE_BYTES = 4096;

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
        int batch = mixer.rows();
        int heads = spec.heads();
        var attention = new CudaAttentionStep(spec.attention(), ring);
        var parts = attention.parts(in.query(), arrays.get(POSITIONS),
                FEATURE_BYTES + 2 * Float.BYTES * spec.headDim(), gpu);
        var defines = attention.defines(mixer.defines().with("State", arrays.get(STATE).type()), parts);
        var features = gpu.scratch(DataType.FLOAT, 2, batch, heads, spec.headDim());
        var gates = gpu.scratch(DataType.FLOAT, batch, heads, GATES);
        gpu.launch(SOURCE, defines, "attend_and_map",
                new Grid(parts.splits() + TASKS, heads, batch, parts.threads(), 1, parts.sharedBytes()), in.x(),
                in.query(), in.key(), in.value(), in.queryFeatures(), in.keyFeatures(), in.inputGateWeight(),
                in.inputGateBias(), in.forgetGateWeight(), in.forgetGateBias(), in.outputGateWeight(),
                in.outputGateBias(), arrays.get(CACHES), arrays.get(CACHES + 1), parts.positions(), out.get(3),
                out.get(4), parts.part(), parts.ofPart(), features, gates, out.get(1), spec.keyValueHeads(),
                in.x().size(1), ring.slots(), ring.sinks(), ring.window(), (float) spec.attention().scale());
        gpu.launch(SOURCE, defines, "remember_and_mix",
                new Grid(Grid.blocks(spec.headDim(), COLUMNS), heads, batch, CudaMixer.THREADS, 1, 0), features, gates,
                in.value(), parts.part(), parts.ofPart(), parts.positions(), arrays.get(STATE), arrays.get(STATE + 1),
                arrays.get(STATE + 2), out.get(0), out.get(2), out.get(5), out.get(6), out.get(7),
                spec.keyValueHeads(), ring.slots());
    }
}
