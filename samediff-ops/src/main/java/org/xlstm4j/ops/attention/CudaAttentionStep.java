package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * A decoding step on a GPU: blocks share a head's slots, of which each reads its own once, for the caches' copies and
 * for all query heads of the key-value head.
 */
public record CudaAttentionStep(AttentionSpec spec, RingBuffer ring) {
    private static final String SOURCE = "attention/step.cu";
    /** Slots of a block, and of one where shared memory is scarce. */
    private static final int SLOTS = 64;
    private static final int FEW_SLOTS = 32;
    private static final int WHOLE_THREADS = 128;
    private static final int UNIT = 16;
    private static final int VECTOR_BYTES = 16;

    /**
     * How a step is shared out among blocks, and what they leave to one another.
     *
     * @param slots       of a block
     * @param splits      blocks of a key-value head
     * @param sharedBytes dynamic shared memory of a block
     * @param part        each block's weighted sums, [splits, batch, heads, valueDim]
     * @param ofPart      each block's largest scores and sums of weights, [splits, batch, heads, 2]
     * @param positions   of the tokens, [batch], float32
     */
    public record Parts(int slots, int splits, int sharedBytes, DeviceArray part, DeviceArray ofPart,
                        DeviceArray positions) {

        /** Threads of a block. */
        public int threads() {
            return 2 * slots;
        }
    }

    /** @param furtherSharedBytes static shared memory that the kernel has beside its own */
    public Parts parts(DeviceArray query, DeviceArray positions, int furtherSharedBytes, Gpu gpu) {
        int batch = query.size(0);
        int room = gpu.device().sharedBytes() - furtherSharedBytes;
        int slots = sharedBytes(query.type(), SLOTS) <= room ? SLOTS : FEW_SLOTS;
        int splits = (ring.slots() + slots - 1) / slots;
        return new Parts(slots, splits, tileBytes(query.type(), slots),
                gpu.scratch(DataType.FLOAT, splits, batch, spec.heads(), spec.valueDim()),
                gpu.scratch(DataType.FLOAT, splits, batch, spec.heads(), 2), gpu.as(DataType.FLOAT, positions));
    }

    /** The given macros and those of a step's parts. */
    public Defines defines(Defines given, Parts parts) {
        return given.with("KEY_DIM", spec.headDim()).with("VALUE_DIM", spec.valueDim()).with("SLOTS", parts.slots());
    }

    /**
     * Computes one step of every sequence. Where a new cache is the old one, one slot of it is written; everything is
     * copied otherwise.
     *
     * @param in  query, key, value, keys, values and positions, as {@link Attention#step} has them
     * @param out output, keys and values
     */
    void run(List<DeviceArray> in, List<DeviceArray> out, Gpu gpu) {
        var query = in.get(0);
        int batch = query.size(0);
        var parts = parts(query, in.get(5), 0, gpu);
        var defines = defines(Defines.none().with("Element", query.type()), parts);
        gpu.launch(SOURCE, defines, "attentionStepParts",
                new Grid(parts.splits(), spec.keyValueHeads(), batch, parts.threads(), 1, parts.sharedBytes()), query,
                in.get(1), in.get(2), in.get(3), in.get(4), parts.positions(), out.get(1), out.get(2), parts.part(),
                parts.ofPart(), spec.heads(), spec.keyValueHeads(), ring.slots(), ring.sinks(), ring.window(),
                (float) spec.scale());
        gpu.launch(SOURCE, defines, "attentionStepWhole", Grid.of(spec.heads(), batch, WHOLE_THREADS), parts.part(),
                parts.ofPart(), parts.positions(), out.get(0), ring.slots());
    }

    /** Shared memory of a block: its tiles, scores in two halves and a query. */
    private int sharedBytes(DataType element, int slots) {
        return tileBytes(element, slots) + Float.BYTES * (2 * slots + width(spec.headDim()));
    }

    private int tileBytes(DataType element, int slots) {
        return slots * (rowBytes(element, spec.headDim()) + rowBytes(element, spec.valueDim()));
    }

    private static int rowBytes(DataType element, int dim) {
        return width(dim) * element.width() + VECTOR_BYTES;
    }

    private static int width(int dim) {
        return (dim + UNIT - 1) / UNIT * UNIT;
    }
}
