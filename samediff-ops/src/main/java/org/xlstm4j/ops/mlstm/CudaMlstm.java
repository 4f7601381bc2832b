package org.xlstm4j.ops.mlstm;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * The chunkwise mLSTM on a GPU. Forward, a block goes through a head's chunks with its memory in registers; backward,
 * memories and their gradients at the chunks' borders come first, then all chunks side by side. Between the passes the
 * products q · z are kept, a number a step.
 */
public final class CudaMlstm {
    /** Planes of numbers a step that the gates' kernel writes, and that the backward pass works with. */
    private static final int PLAN_PLANES = 8;
    private static final int ADDED = 5;
    private static final int READ_PLANES = 6;
    private static final int D_PRODUCT = 1;
    private static final int QUERY_WEIGHT = 2;

    private static final int GATE_THREADS = 512;
    private static final int READ_THREADS = 256;
    private static final int READ_STEPS = 64;
    private static final int STEP_THREADS = 256;
    private static final int STEP_COLUMNS = 32;

    private final MlstmSpec spec;
    private final Inputs in;
    private final Precision precision;
    private final Gpu gpu;
    private final CudaMlstmTiles tiles;
    private final int rowHeads;
    /** Steps of all heads. */
    private final long steps;
    private final float keyScale;

    /**
     * A memory of every head, or its gradient, in float32.
     *
     * @param memory     S, [batch, heads, keyDim, valueDim]
     * @param normalizer z, [batch, heads, keyDim]
     * @param max        m, [batch, heads]
     */
    public record State(DeviceArray memory, DeviceArray normalizer, DeviceArray max) {
    }

    /**
     * What the mLSTM reads.
     *
     * @param query          [batch · time, heads · keyDim]
     * @param key            [batch · time, heads · keyDim]
     * @param value          [batch · time, heads / group · valueDim]
     * @param group          neighbouring heads that share values
     * @param inputGate      pre-activations, a row a token
     * @param forgetGate     pre-activations, of the same type and stride
     * @param gateStride     numbers from token to token in the gates
     * @param documentStarts the index at which each token's document begins, [batch, time], INT; null where rows are
     *                       one document each
     * @param initial        the memory to start from; null for an empty one
     */
    public record Inputs(DeviceArray query, DeviceArray key, DeviceArray value, int group, DeviceArray inputGate,
                         DeviceArray forgetGate, int gateStride, DeviceArray documentStarts, State initial) {
    }

    /**
     * What the forward pass wrote, and the gradients that arrive at it.
     *
     * @param hidden   [batch · time, heads · valueDim]
     * @param products [batch, heads, time]
     * @param dHidden  [batch · time, heads · valueDim]
     * @param dLast    the gradient of the memory after the last step; null where there is none
     */
    public record Upstream(DeviceArray hidden, DeviceArray products, DeviceArray dHidden, State dLast) {
    }

    /**
     * Where gradients go.
     *
     * @param query      [batch · time, heads · keyDim]
     * @param key        [batch · time, heads · keyDim]
     * @param value      [batch · time, heads · valueDim], a head's own part of the gradient where heads share values
     * @param inputGate  with the stride of the gates
     * @param forgetGate with the stride of the gates
     * @param initial    the gradient of the initial memory; null where there is none
     */
    public record Gradients(DeviceArray query, DeviceArray key, DeviceArray value, DeviceArray inputGate,
                            DeviceArray forgetGate, State initial) {
    }

    public CudaMlstm(MlstmSpec spec, Inputs in, Precision precision, Gpu gpu) {
        this.spec = spec;
        this.in = in;
        this.precision = precision;
        this.gpu = gpu;
        tiles = new CudaMlstmTiles(spec, in.query().type(), gpu.device());
        int batch = in.query().size(0) / spec.time();
        rowHeads = batch * spec.heads();
        steps = (long) rowHeads * spec.time();
        keyScale = (float) spec.keyScale();
    }

    /**
     * The hidden states.
     *
     * @param hidden   [batch · time, heads · valueDim]
     * @param products q · z, stabilised, for the backward pass, [batch, heads, time], FLOAT; null if there is none
     * @param last     where the memory after the last step goes; null if it is not wanted
     */
    public void forward(DeviceArray hidden, DeviceArray products, State last) {
        var cut = tiles.forward(rowHeads);
        var plan = plan(cut.chunk(), last == null ? null : last.max());
        var initial = in.initial();
        gpu.launch("mlstm/forward.cu", defines(cut.chunk()).with("VALUE_TILE", cut.columns()), "forward",
                Grid.of((long) rowHeads * tiles.valueTiles(cut), cut.threads()).withShared(cut.sharedBytes()),
                in.query(), in.key(), in.value(), in.group(), in.documentStarts(), plan,
                initial == null ? null : initial.memory(), initial == null ? null : initial.normalizer(), keyScale,
                hidden, products, last == null ? null : last.memory(), last == null ? null : last.normalizer(),
                spec.heads(), spec.time(), rowHeads);
    }

    /**
     * One step from the initial memory; time is 1.
     *
     * @param hidden   [batch, heads · valueDim]
     * @param products as for {@link #forward}
     * @param next     where the memory after it goes, not that before it
     */
    public void step(DeviceArray hidden, DeviceArray products, State next) {
        var before = in.initial();
        gpu.launch("mlstm/step.cu", defines(16), "step",
                Grid.of(rowHeads, (int) Grid.blocks(spec.valueDim(), STEP_COLUMNS), STEP_THREADS), in.query(), in.key(),
                in.value(), in.group(), in.inputGate(), in.forgetGate(), (long) in.gateStride(), before.memory(),
                before.normalizer(), before.max(), keyScale, hidden, products, next.memory(), next.normalizer(),
                next.max(), spec.heads());
    }

    /** The gradients. */
    public void backward(Upstream upstream, Gradients out) {
        var cut = tiles.backward();
        var defines = defines(cut.chunk());
        var plan = plan(cut.chunk(), null);
        var before = new Borders(cut.chunk());
        before.compute(in.key(), in.value(), in.group(), plan.from(ADDED * steps), null, plan, in.initial(), null,
                false);

        var reads = gpu.scratch(DataType.FLOAT, READ_PLANES * steps);
        gpu.launch("mlstm/reads.cu", defines, "reads",
                Grid.of(rowHeads, (int) Grid.blocks(spec.time(), READ_STEPS), READ_THREADS), upstream.hidden(),
                upstream.dHidden(), upstream.products(), plan, keyScale, reads, spec.heads(), spec.time());
        var after = new Borders(cut.chunk());
        after.compute(in.query(), upstream.dHidden(), 1, reads.from(QUERY_WEIGHT * steps),
                reads.from(D_PRODUCT * steps), plan, upstream.dLast(), out.initial(), true);

        gpu.launch("mlstm/backward.cu", defines.with("MEMORY_COLUMNS", cut.columns()), "backward",
                Grid.of((long) rowHeads * chunks(cut.chunk()), cut.threads()).withShared(cut.sharedBytes()), in.query(),
                in.key(), in.value(), in.group(), upstream.dHidden(), in.documentStarts(), plan, reads, before.memories,
                before.normalizers, after.memories, after.normalizers, keyScale, out.query(), out.key(), out.value(),
                spec.heads(), spec.time(), rowHeads);
        gpu.launch("mlstm/gates.cu", defines, "gateGradients", Grid.of(rowHeads, GATE_THREADS), in.forgetGate(),
                (long) in.gateStride(), plan, reads, upstream.dLast() == null ? null : upstream.dLast().max(),
                out.inputGate(), out.forgetGate(), out.initial() == null ? null : out.initial().max(), spec.heads(),
                spec.time());
    }

    /** What the gates say of every step and chunk. */
    private DeviceArray plan(int chunk, DeviceArray lastMax) {
        var plan = gpu.scratch(DataType.FLOAT, PLAN_PLANES * steps + (long) rowHeads * chunks(chunk));
        gpu.launch("mlstm/gates.cu", defines(chunk), "gates", Grid.of(rowHeads, GATE_THREADS), in.inputGate(),
                in.forgetGate(), (long) in.gateStride(), in.documentStarts(),
                in.initial() == null ? null : in.initial().max(), plan, lastMax, spec.heads(), spec.time());
        return plan;
    }

    /** Memories at the chunks' borders, or their gradients, in scratch memory. */
    private final class Borders {
        private final int chunk;
        private final DeviceArray memories;
        private final DeviceArray normalizers;

        Borders(int chunk) {
            this.chunk = chunk;
            long borders = (long) rowHeads * chunks(chunk);
            memories = gpu.scratch(in.query().type(), borders, tiles.memorySize());
            normalizers = gpu.scratch(DataType.FLOAT, borders, tiles.normalizerSize());
        }

        /** See {@code states.cu}. */
        void compute(DeviceArray left, DeviceArray right, int group, DeviceArray weights, DeviceArray extension,
                     DeviceArray plan, State first, State last, boolean backwards) {
            gpu.launch("mlstm/states.cu", defines(chunk), "states",
                    Grid.of((long) rowHeads * tiles.stateBlocks(), CudaMlstmTiles.STATE_THREADS)
                            .withShared(tiles.stateShared(chunk)), left, right, group, weights, extension,
                    plan.from(PLAN_PLANES * steps), first == null ? null : first.memory(),
                    first == null ? null : first.normalizer(), memories, normalizers,
                    last == null ? null : last.memory(), last == null ? null : last.normalizer(), backwards ? 1 : 0,
                    spec.heads(), spec.time());
        }
    }

    private int chunks(int chunk) {
        return (int) Grid.blocks(spec.time(), chunk);
    }

    private Defines defines(int chunk) {
        var type = in.query().type();
        boolean tf32 = type == DataType.FLOAT && precision != Precision.FLOAT32;
        return Defines.none().with("Element", type).with("Gate", in.inputGate().type()).with("KEY_DIM", spec.keyDim())
                .with("VALUE_DIM", spec.valueDim()).with("CLAMPED", spec.read() == MlstmSpec.Read.CLAMPED ? 1 : 0)
                .with("TF32", tf32 ? 1 : 0).with("CHUNK", chunk);
    }
}
