package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * A decoding step: writes one row into each cache, or into a copy of it where the new cache is not the old one, and reads
 * the visible slots once. Slots are shared out among jobs, each of which does all heads of its own: softmax is put
 * together from the parts' largest scores and sums (FlashDecoding's split of the keys).
 */
public record CpuAttentionStep(AttentionSpec spec, RingBuffer ring) {
    /** Floats copied in one job. */
    private static final int COPY = 1 << 14;
    /** Slots of a job, at most. */
    private static final int PART = 256;
    /** Slots at a time, at most: their keys or values stay in the second cache while each head reads its part. */
    private static final int BLOCK = 80;

    /**
     * Computes one step of every sequence.
     *
     * @param in  query, key, value, keys, values and positions, as {@link Attention#step} has them
     * @param out output, keys and values
     */
    public void run(List<Floats> in, List<Floats> out, Worker caller) {
        int batch = in.get(0).size(0);
        var positions = caller.floats(batch);
        caller.load(in.get(5).address(), positions, 0, batch);
        update(in.get(3), in.get(1), positions, out.get(1), caller);
        update(in.get(4), in.get(2), positions, out.get(2), caller);

        var visible = caller.ints(batch);
        int most = 0;
        for (int row = 0; row < batch; row++) {
            visible[row] = Math.min((int) positions[row] + 1, ring.slots());
            most = Math.max(most, visible[row]);
        }
        // An even number, for two threads to end together.
        int count = 2 * ((most + 2 * PART - 1) / (2 * PART));
        var parts = new Parts(this, count, in.get(0), out.get(1), out.get(2),
                caller.memory(batch * count * spec.heads() * spec.valueDim()),
                caller.floats(batch * count * spec.heads()), caller.floats(batch * count * spec.heads()));
        Workers.forEach(batch * count, (index, worker) -> {
            int row = index / count;
            int part = index % count;
            int from = (int) ((long) visible[row] * part / count);
            int to = (int) ((long) visible[row] * (part + 1) / count);
            parts.attend(row, part, from, to - from, worker);
        });
        for (int row = 0; row < batch; row++) {
            parts.join(row, out.get(0), caller);
        }
    }

    /** Writes the cache with every sequence's entry in its slot. */
    private void update(Floats cache, Floats entries, float[] positions, Floats updated, Worker caller) {
        if (cache.address() != updated.address()) {
            copy(cache, updated);
        }
        for (int row = 0; row < cache.size(0); row++) {
            caller.copy(entries.at(row), updated.rowsOf(row, 0).at(ring.slot((int) positions[row])), cache.size(2));
        }
    }

    private void copy(Floats from, Floats to) {
        int width = from.size(2);
        int height = Math.max(1, COPY / width);
        int jobs = (ring.slots() + height - 1) / height;
        Workers.forEach(from.size(0) * jobs, (index, worker) -> {
            int first = index % jobs * height;
            int rows = Math.min(height, ring.slots() - first);
            var source = from.rowsOf(index / jobs, 0);
            var target = to.rowsOf(index / jobs, 0);
            if (source.stride() == width && target.stride() == width) {
                worker.copy(source.at(first), target.at(first), (long) rows * width);
            } else {
                for (int slot = first; slot < first + rows; slot++) {
                    worker.copy(source.at(slot), target.at(slot), width);
                }
            }
        });
    }

    /**
     * What jobs leave to one another, [batch, parts, heads].
     *
     * @param outputs Σ exp(score − largest) value of a part's slots, [batch, parts, heads, valueDim], in native memory
     * @param largest the largest score of a part's slots
     * @param sums    Σ exp(score − largest) of a part's slots
     */
    private record Parts(CpuAttentionStep step, int count, Floats queries, Floats keys, Floats values, long outputs,
                         float[] largest, float[] sums) {

        private int heads() {
            return step.spec().heads();
        }

        private int index(int row, int part) {
            return (row * count + part) * heads();
        }

        private long output(int row, int part) {
            return outputs + (long) Float.BYTES * index(row, part) * step.spec().valueDim();
        }

        void attend(int row, int part, int from, int slots, Worker worker) {
            int index = index(row, part);
            if (slots == 0) {
                worker.clear(output(row, part), (long) heads() * step.spec().valueDim());
                Arrays.fill(largest, index, index + heads(), Float.NEGATIVE_INFINITY);
                Arrays.fill(sums, index, index + heads(), 0);
                return;
            }
            long scores = worker.memory(heads() * slots);
            score(row, from, slots, scores, worker);
            var weights = worker.floats(heads() * slots);
            worker.load(scores, weights, 0, heads() * slots);
            for (int head = 0; head < heads(); head++) {
                largest[index + head] = Vectors.max(weights, head * slots, slots);
                Vectors.subtract(largest[index + head], weights, head * slots, slots);
            }
            worker.exp().inPlace(weights, 0, heads() * slots);
            for (int head = 0; head < heads(); head++) {
                sums[index + head] = Vectors.sum(weights, head * slots, slots);
            }
            worker.store(weights, 0, heads() * slots, scores);
            weigh(row, from, slots, scores, output(row, part), worker);
        }

        private void score(int row, int from, int slots, long scores, Worker worker) {
            var spec = step.spec();
            int block = block(slots);
            for (int done = 0; done < slots; done += block) {
                int rows = Math.min(block, slots - done);
                fetch(keys, row, from + done, rows, worker);
                for (int head = 0; head < spec.heads(); head++) {
                    var key = keys.rowsOf(row, (long) head / spec.groupHeads() * spec.headDim());
                    worker.blas().gemv(N, rows, spec.headDim(), (float) spec.scale(), key.at(from + done),
                            key.stride(), queries.at(row) + (long) Float.BYTES * head * spec.headDim(), 0,
                            scores + (long) Float.BYTES * (head * slots + done));
                }
            }
        }

        private void weigh(int row, int from, int slots, long weights, long output, Worker worker) {
            var spec = step.spec();
            int block = block(slots);
            for (int done = 0; done < slots; done += block) {
                int rows = Math.min(block, slots - done);
                fetch(values, row, from + done, rows, worker);
                for (int head = 0; head < spec.heads(); head++) {
                    var value = values.rowsOf(row, (long) head / spec.groupHeads() * spec.valueDim());
                    worker.blas().gemv(T, rows, spec.valueDim(), 1, value.at(from + done), value.stride(),
                            weights + (long) Float.BYTES * (head * slots + done), done == 0 ? 0 : 1,
                            output + (long) Float.BYTES * head * spec.valueDim());
                }
            }
        }

        /** Slots at a time, in blocks of much the same size. */
        private static int block(int slots) {
            int blocks = (slots + BLOCK - 1) / BLOCK;
            return (slots + blocks - 1) / blocks;
        }

        /**
         * Brings slots into the cache, by a product that nobody needs: a head's parts of them lie apart, where reads are
         * not foreseen, and come from memory at half the speed.
         */
        private void fetch(Floats cache, int row, int from, int rows, Worker worker) {
            var slots = cache.rowsOf(row, 0);
            if (slots.stride() == cache.size(2)) {
                int length = rows * cache.size(2);
                worker.blas().dot(length, slots.at(from), slots.at(from));
            }
        }

        /** Writes a row's output from its parts. */
        void join(int row, Floats output, Worker worker) {
            int width = step.spec().valueDim();
            int all = heads() * width;
            var parts = worker.floats(count * all);
            worker.load(output(row, 0), parts, 0, count * all);
            var whole = worker.floats(all);
            Arrays.fill(whole, 0, all, 0);
            for (int head = 0; head < heads(); head++) {
                float most = Float.NEGATIVE_INFINITY;
                for (int part = 0; part < count; part++) {
                    most = Math.max(most, largest[index(row, part) + head]);
                }
                float sum = 0;
                for (int part = 0; part < count; part++) {
                    float weight = (float) Math.exp(largest[index(row, part) + head] - most);
                    sum += weight * sums[index(row, part) + head];
                    Vectors.addScaled(weight, parts, part * all + head * width, whole, head * width, width);
                }
                Vectors.scale(1 / sum, whole, head * width, whole, head * width, width);
            }
            worker.store(whole, 0, all, output.at(row));
        }
    }
}
