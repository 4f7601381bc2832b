package org.xlstm4j.ops.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.cudart;

/**
 * Memory on a GPU for what lives no longer than a call, handed out from blocks that are kept. Calls follow each other
 * on one stream, so that a call may use the memory of the one before at once, and so may a {@link CudaReplay}, which
 * keeps the addresses that were handed out while it was recorded.
 */
final class Scratch {
    private static final int ALIGNMENT = 256;

    private final List<Block> blocks = new ArrayList<>();
    /** No longer handed out, but known to replays. */
    private final List<Block> retired = new ArrayList<>();
    private long used;
    private int replays;

    private record Block(long address, long bytes) {
    }

    /** The address of new memory. */
    long take(long bytes) {
        long padded = (Math.max(bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (blocks.isEmpty() || used + padded > last().bytes()) {
            grow(padded);
        }
        long address = last().address() + used;
        used += padded;
        return address;
    }

    private Block last() {
        return blocks.get(blocks.size() - 1);
    }

    private void grow(long bytes) {
        var address = new long[1];
        Driver.check(cudart.cuMemAlloc(address, bytes), "scratch memory of " + bytes + " bytes: cuMemAlloc");
        blocks.add(new Block(address[0], bytes));
        used = 0;
    }

    /** Takes everything back. Several blocks become one, so that the same call finds room at once the next time. */
    void reset() {
        used = 0;
        if (blocks.size() > 1) {
            long bytes = blocks.stream().mapToLong(Block::bytes).sum();
            free();
            grow(bytes);
        }
    }

    /** Frees everything: after waiting for the GPU, and once no replay needs it. */
    void free() {
        retired.addAll(blocks);
        blocks.clear();
        freeRetired();
    }

    /** Says that a replay works on memory that was handed out. */
    void retain() {
        replays++;
    }

    /** Says that a replay is gone. */
    void release() {
        replays--;
        freeRetired();
    }

    private void freeRetired() {
        if (replays == 0) {
            retired.forEach(block -> Driver.check(cudart.cuMemFree(block.address()), "cuMemFree"));
            retired.clear();
        }
    }
}
