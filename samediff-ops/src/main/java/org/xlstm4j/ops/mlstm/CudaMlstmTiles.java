package org.xlstm4j.ops.mlstm;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Device;

/**
 * How the mLSTM's kernels are cut for a GPU: the longest chunks whose tiles fit its shared memory. Widths, threads and
 * bytes are those of the sources, {@code mlstm.cuh}, {@code warps.cuh} and the structs of tiles of each.
 */
final class CudaMlstmTiles {
    /** Threads of a block that computes memories. */
    static final int STATE_THREADS = 256;

    private static final int LONGEST_CHUNK = 64;
    private static final int SHORTEST_CHUNK = 16;
    private static final int WIDEST_VALUE_TILE = 128;
    private static final int VECTOR_BYTES = 16;

    private final Device device;
    private final int elementBytes;
    private final int keys;
    private final int values;
    private final String description;

    /**
     * The cut of a pass.
     *
     * @param chunk       steps of a chunk
     * @param columns     of values that a block of the forward pass has; of memories that one of the backward pass
     *                    holds at once
     * @param threads     of a block
     * @param sharedBytes dynamic shared memory of a block
     * @param staticBytes what it declares beside
     */
    record Cut(int chunk, int columns, int threads, int sharedBytes, int staticBytes) {
        private boolean fits(Device device) {
            return sharedBytes + staticBytes <= device.sharedBytes();
        }
    }

    CudaMlstmTiles(MlstmSpec spec, DataType element, Device device) {
        this.device = device;
        elementBytes = element.width();
        keys = padded(spec.keyDim());
        values = padded(spec.valueDim());
        description = "heads of keys of " + spec.keyDim() + " and values of " + spec.valueDim() + " numbers of "
                + element;
    }

    /** The width of tiles for heads of a width. */
    private static int padded(int dim) {
        return Math.max(16, Integer.highestOneBit(2 * dim - 1));
    }

    /** The forward pass: with fewer heads than multiprocessors, several blocks share a head's values. */
    Cut forward(long rowHeads) {
        int tile = Math.min(values, WIDEST_VALUE_TILE);
        while (tile > 32 && rowHeads * (values / tile) < 3L * device.multiprocessors() / 4) {
            tile /= 2;
        }
        int widest = tile;
        return first("forward", chunks().flatMap(chunk -> halves(widest).map(columns -> forward(chunk, columns)))
                .filter(cut -> keys <= 2 * cut.threads()));
    }

    private Cut forward(int chunk, int columns) {
        int warps = chunk * columns < LONGEST_CHUNK * WIDEST_VALUE_TILE ? 8 : 16;
        int across = chunk >= LONGEST_CHUNK && warps == 8 ? 2 : 4;
        int threads = threads(chunk, warps, across);
        int stage = chunk * (stride(Math.max(keys, chunk)) + stride(keys) + stride(columns));
        int numbers = (9 + across) * chunk + keys + 2 * threads;
        return new Cut(chunk, columns, threads, elementBytes * (2 * stage + keys * stride(columns)),
                Float.BYTES * numbers + elementBytes * 2 * keys + VECTOR_BYTES);
    }

    /** The blocks that share a head's values in the forward pass. */
    int valueTiles(Cut forward) {
        return values / forward.columns();
    }

    /** The backward pass. */
    Cut backward() {
        return first("backward", chunks().filter(chunk -> stateShared(chunk) <= device.sharedBytes())
                .flatMap(chunk -> halves(values).map(columns -> backward(chunk, columns))));
    }

    private Cut backward(int chunk, int columns) {
        int across = 4;
        int threads = threads(chunk, 8, across);
        int down = threads / 32 / across;
        int rows = chunk * (2 * stride(keys) + stride(values) + stride(Math.max(values, 2 * chunk)));
        int numbers = (9 + 2 * down + 3 * across) * chunk + 2 * keys + threads / 32;
        return new Cut(chunk, columns, threads, elementBytes * (rows + keys * stride(columns)), Float.BYTES * numbers);
    }

    /** Dynamic shared memory of a block that computes memories. */
    int stateShared(int chunk) {
        return elementBytes * 2 * chunk * (stride(stateRows()) + stride(stateColumns()) + 2);
    }

    /** The blocks that share a memory. */
    int stateBlocks() {
        return keys / stateRows() * (values / stateColumns());
    }

    /** Numbers of a memory between kernels. */
    long memorySize() {
        return (long) keys * values;
    }

    /** Numbers of a normalizer between kernels. */
    int normalizerSize() {
        return keys;
    }

    private int stateRows() {
        return Math.min(keys, 128);
    }

    private int stateColumns() {
        return Math.min(values, 64);
    }

    private int stride(int width) {
        return width + VECTOR_BYTES / elementBytes;
    }

    private static int threads(int chunk, int warps, int across) {
        return 32 * across * Math.min(chunk / 16, warps / across);
    }

    private static Stream<Integer> chunks() {
        return IntStream.iterate(LONGEST_CHUNK, chunk -> chunk >= SHORTEST_CHUNK, chunk -> chunk / 2).boxed();
    }

    private static Stream<Integer> halves(int widest) {
        return IntStream.iterate(widest, width -> width >= 16, width -> width / 2).boxed();
    }

    private Cut first(String pass, Stream<Cut> cuts) {
        return cuts.filter(cut -> cut.fits(device)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "the mLSTM's " + pass + " kernels have no room for " + description + " in the " + device.sharedBytes()
                + " bytes of shared memory that a block of this GPU can have"));
    }
}
