package org.xlstm4j.ops.attention;

import java.util.ArrayList;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Device;

/**
 * How the attention's kernels are cut for a GPU: the fastest tiles that fit its shared memory. Widths and bytes are
 * those of the sources: {@code products.cuh} and each kernel's.
 */
final class CudaAttentionTiles {
    private static final int SINK_KEYS = 16;
    private static final int VECTOR_BYTES = 16;
    /** Columns of sums for which a warp has the registers. */
    private static final int MOST_COLUMNS = 256;
    /** Rows that a warpgroup multiplies at once, and the columns that its tiles are made of. */
    private static final int WARPGROUP = 64;
    /** Of queries: the logarithm of the sum, delta and the document's start, twice. */
    private static final int PER_QUERY_BYTES = 2 * 3 * Float.BYTES;

    private final AttentionSpec spec;
    private final DataType element;
    private final Device device;
    private final boolean warpgroups;

    /**
     * The cut of a kernel.
     *
     * @param queries     of a tile
     * @param keys        of a tile
     * @param warpgroups  whether four warps multiply together
     * @param split       whether keys' and values' gradients are too many sums for a warp
     * @param sharedBytes dynamic shared memory of a block
     */
    record Cut(int queries, int keys, boolean warpgroups, boolean split, int sharedBytes) {
    }

    /** Dynamic shared memory by the cut. */
    private interface Needs {
        int bytes(Layout layout, int queries, int keys);
    }

    /**
     * Tiles for a GPU.
     *
     * @param warpgroups whether kernels for wgmma can be compiled and run
     */
    CudaAttentionTiles(AttentionSpec spec, DataType element, Device device, boolean warpgroups) {
        this.spec = spec;
        this.element = element;
        this.device = device;
        this.warpgroups = warpgroups && element != DataType.FLOAT;
    }

    /** The widths of tiles' rows. */
    private record Layout(AttentionSpec spec, DataType element, boolean warpgroups) {

        int ofKeys(int rows) {
            return rows * rowBytes(spec.headDim());
        }

        int ofValues(int rows) {
            return rows * rowBytes(spec.valueDim());
        }

        private int rowBytes(int dim) {
            return width(dim) * element.width() + (warpgroups ? 0 : VECTOR_BYTES);
        }

        int width(int dim) {
            int unit = warpgroups ? WARPGROUP : 16;
            return (dim + unit - 1) / unit * unit;
        }
    }

    Cut forward() {
        return first("forward", (layout, queries, keys) -> layout.ofKeys(queries + 2 * keys) + layout.ofValues(keys)
                + Math.max(layout.ofValues(keys), sinks(layout)), 64, 64, 64, 32, 32, 32, 16, 16);
    }

    Cut queryGradient() {
        return first("backward", (layout, queries, keys) -> layout.ofKeys(queries + 2 * keys)
                + layout.ofValues(queries + 2 * keys) + Math.max(layout.ofKeys(keys), sinks(layout)),
                128, 64, 64, 32, 32, 32, 16, 16);
    }

    Cut keyGradient() {
        return first("backward", (layout, queries, keys) -> layout.ofKeys(keys + 2 * queries)
                + layout.ofValues(keys + 2 * queries) + PER_QUERY_BYTES * queries, 64, 64, 32, 64, 32, 32, 16, 16);
    }

    private static int sinks(Layout layout) {
        return layout.ofKeys(SINK_KEYS) + layout.ofValues(SINK_KEYS);
    }

    /** The first cut that fits, of queries and keys in turn, fastest first as measured. */
    private Cut first(String pass, Needs needs, int... sizes) {
        var cuts = new ArrayList<Cut>();
        if (warpgroups) {
            cuts.add(cut(needs, WARPGROUP, WARPGROUP, true));
        }
        for (int i = 0; i < sizes.length; i += 2) {
            cuts.add(cut(needs, sizes[i], sizes[i + 1], false));
        }
        return cuts.stream().filter(cut -> cut.sharedBytes() <= device.sharedBytes()).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the attention's " + pass + " kernels have no room for"
                        + " heads of keys of " + spec.headDim() + " and values of " + spec.valueDim() + " numbers of "
                        + element + " in the " + device.sharedBytes()
                        + " bytes of shared memory that a block of this GPU can have"));
    }

    private Cut cut(Needs needs, int queries, int keys, boolean together) {
        var layout = new Layout(spec, element, together);
        boolean split = layout.width(spec.headDim()) + layout.width(spec.valueDim()) > MOST_COLUMNS;
        return new Cut(queries, keys, together, split, needs.bytes(layout, queries, keys));
    }
}
