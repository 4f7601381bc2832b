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
     * Computes one step of every sequence. Where a new cache is the old one, one slot of it is written; everything is
     * copied otherwise.
     *
     * @param in  query, key, value, keys, values and positions, as {@link Attention#step} has them
     * @param out output, keys and values
     */
    public void run(List<DeviceArray> in, List<DeviceArray> out, Gpu gpu) {
        var query = in.get(0);
        int batch = query.size(0);
        int slots = sharedBytes(query.type(), SLOTS) <= gpu.device().sharedBytes() ? SLOTS : FEW_SLOTS;
        int splits = (ring.slots() + slots - 1) / slots;
        var defines = Defines.none().with("Element", query.type()).with("KEY_DIM", spec.headDim())
                .with("VALUE_DIM", spec.valueDim()).with("SLOTS", slots);
        var positions = gpu.as(DataType.FLOAT, in.get(5));
        var part = gpu.scratch(DataType.FLOAT, splits, batch, spec.heads(), spec.valueDim());
        var ofPart = gpu.scratch(DataType.FLOAT, splits, batch, spec.heads(), 2);
        gpu.launch(SOURCE, defines, "attentionStepParts",
                new Grid(splits, spec.keyValueHeads(), batch, 2 * slots, 1, tileBytes(query.type(), slots)), query,
                in.get(1), in.get(2), in.get(3), in.get(4), positions, out.get(1), out.get(2), part, ofPart,
                spec.heads(), spec.keyValueHeads(), ring.slots(), ring.sinks(), ring.window(), (float) spec.scale());
        gpu.launch(SOURCE, defines, "attentionStepWhole", Grid.of(spec.heads(), batch, WHOLE_THREADS), part, ofPart,
                positions, out.get(0), ring.slots());
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
