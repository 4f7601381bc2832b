package org.xlstm4j.ops.attention;

import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * Some more tokens of every sequence. Keys and values that they see are put in a row, those before from the cache and
 * their own behind; where the cache keeps every position, they are in a row already. That leaves out what lies between
 * sinks and window, which moves what comes later, all of it alike: no query sees more or less for it.
 */
public record CpuAttentionExtend(AttentionSpec spec, RingBuffer ring) {
    /** Queries of a job. */
    private static final int JOB = 4 * AttentionTiles.QUERIES;

    /**
     * Reads every sequence's tokens.
     *
     * @param in  query, key, value, keys, values, positions and counts, as {@link Extension} has them
     * @param out output, keys and values
     */
    public void run(List<Floats> in, List<Floats> out, Worker caller) {
        int batch = in.get(5).size(0);
        var positions = caller.floats(batch);
        var counts = caller.floats(batch);
        caller.load(in.get(5).address(), positions, 0, batch);
        caller.load(in.get(6).address(), counts, 0, batch);
        for (int cache = 1; cache < 3; cache++) {
            if (in.get(2 + cache).address() != out.get(cache).address()) {
                copy(in.get(2 + cache), out.get(cache), caller);
            }
        }
        for (int index = 0; index < batch; index++) {
            int row = index;
            int before = (int) positions[row];
            int count = (int) counts[row];
            int first = (row + 1) * spec.time() - count;
            caller.clear(out.get(0).rows((long) row * spec.time(), 0), spec.time() - count,
                    spec.heads() * spec.valueDim());
            if (count > 0) {
                caller.scope(() -> {
                    var keys = seen(in.get(1), out.get(1), row, first, before, count, caller);
                    var values = seen(in.get(2), out.get(2), row, first, before, count, caller);
                    attend(in.get(0), keys, values, out.get(0), first, count);
                });
            }
        }
    }

    private void copy(Floats from, Floats to, Worker worker) {
        for (int row = 0; row < from.size(0); row++) {
            copy(from.rowsOf(row, 0), to.rowsOf(row, 0), ring.slots(), from.size(2), worker);
        }
    }

    private static void copy(Rows from, Rows to, int rows, int width, Worker worker) {
        if (from.stride() == width && to.stride() == width) {
            worker.copy(from.address(), to.address(), (long) rows * width);
        } else {
            for (int row = 0; row < rows; row++) {
                worker.copy(from.at(row), to.at(row), width);
            }
        }
    }

    /** Keys or values in a row, those that were read before first. */
    private record Seen(Rows rows, int before) {
    }

    /** What a row's tokens see; writes those that stay into their slots. */
    private Seen seen(Floats entries, Floats cache, int row, int first, int before, int count, Worker worker) {
        var own = entries.rows(first, 0);
        var slots = cache.rowsOf(row, 0);
        int width = cache.size(2);
        if (ring.window() == 0) {
            copy(own, slots.from(before, 0), count, width, worker);
            return before == 0 ? new Seen(own, 0) : new Seen(slots, before);
        }
        var seen = before == 0 ? new Seen(own, 0) : together(slots, own, before, count, width, worker);
        for (int i = 0; i < count; i++) {
            if (ring.holds(before + i, before + count)) {
                worker.copy(own.at(i), slots.at(ring.slot(before + i)), width);
            }
        }
        return seen;
    }

    /** A copy of what a cache with a ring holds, oldest first, and the row's own tokens behind it. */
    private Seen together(Rows slots, Rows own, int before, int count, int width, Worker worker) {
        int kept = Math.min(before, ring.slots());
        int sinks = Math.min(before, ring.sinks());
        // The oldest entry of a full ring is the next to be written.
        int oldest = before > ring.slots() ? ring.slot(before) - sinks : 0;
        var all = new Rows(worker.memory((kept + count) * width), width);
        copy(slots, all, sinks, width, worker);
        copy(slots.from(sinks + oldest, 0), all.from(sinks, 0), kept - sinks - oldest, width, worker);
        copy(slots.from(sinks, 0), all.from(kept - oldest, 0), oldest, width, worker);
        copy(own, all.from(kept, 0), count, width, worker);
        return new Seen(all, kept);
    }

    private void attend(Floats queries, Seen keys, Seen values, Floats output, int first, int count) {
        int before = keys.before();
        var over = spec.withTime(before + count);
        int jobs = (count + JOB - 1) / JOB;
        Workers.forEach(spec.heads() * jobs, (index, worker) -> {
            int head = index / jobs;
            int from = index % jobs * JOB;
            long shared = head / spec.groupHeads();
            var starts = worker.ints(over.time());
            Arrays.fill(starts, 0, over.time(), 0);
            // Queries and outputs are numbered as keys are: from as many rows before as there are keys before.
            new CpuAttention(over, worker).forward(starts, new AttentionHead(
                    queries.rows(first, (long) head * spec.headDim()).from(-before, 0),
                    keys.rows().from(0, shared * spec.headDim()), values.rows().from(0, shared * spec.valueDim()),
                    output.rows(first, (long) head * spec.valueDim()).from(-before, 0),
                    worker.memory(over.time())), before + from, before + Math.min(count, from + JOB));
        });
    }
}
