package org.xlstm4j.ops.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A thread's tools: {@link Blas}, exponentials, and memory that is used again and again. What a job takes is free
 * again when the job ends; its contents are arbitrary when taken, its length may exceed what was asked for.
 */
public final class Worker {
    private static final ThreadLocal<Worker> OF_THREAD = ThreadLocal.withInitial(Worker::new);

    private final Blas blas = new Blas();
    private final Exp exp = new Exp();
    private final Address cursor = new Address();
    private final Address source = new Address();
    private final Shelf<float[]> floats = new Shelf<>(float[]::new, array -> array.length);
    private final Shelf<double[]> doubles = new Shelf<>(double[]::new, array -> array.length);
    private final Shelf<int[]> ints = new Shelf<>(int[]::new, array -> array.length);
    private final Shelf<FloatPointer> memory = new Shelf<>(FloatPointer::new, block -> (int) block.capacity());

    private Worker() {
    }

    static Worker current() {
        return OF_THREAD.get();
    }

    /** Runs a job and takes back what it took. */
    void run(int index, Workers.Job job) {
        int floatsBefore = floats.taken;
        int doublesBefore = doubles.taken;
        int intsBefore = ints.taken;
        int memoryBefore = memory.taken;
        try {
            job.run(index, this);
        } finally {
            floats.taken = floatsBefore;
            doubles.taken = doublesBefore;
            ints.taken = intsBefore;
            memory.taken = memoryBefore;
        }
    }

    /** Does a part of a job and takes back the memory that it took. */
    public void scope(Runnable part) {
        run(0, (index, worker) -> part.run());
    }

    /** Products of matrices in native memory. */
    public Blas blas() {
        return blas;
    }

    /** Exponentials of many numbers. */
    public Exp exp() {
        return exp;
    }

    /** An array on the heap. */
    public float[] floats(int length) {
        return floats.take(length);
    }

    /** An array on the heap. */
    public double[] doubles(int length) {
        return doubles.take(length);
    }

    /** An array on the heap. */
    public int[] ints(int length) {
        return ints.take(length);
    }

    /** Native memory for {@code length} floats; its address. */
    public long memory(int length) {
        return memory.take(length).address();
    }

    /** Copies from native memory to the heap. */
    public void load(long from, float[] to, int offset, int length) {
        cursor.at(from).get(to, offset, length);
    }

    /** Copies from the heap to native memory. */
    public void store(float[] from, int offset, int length, long to) {
        cursor.at(to).put(from, offset, length);
    }

    /** Copies within native memory. */
    public void copy(long from, long to, long length) {
        Pointer.memcpy(cursor.at(to), source.at(from), Float.BYTES * length);
    }

    /** Fills native memory with zeros. */
    public void clear(long from, long length) {
        Pointer.memset(cursor.at(from), 0, Float.BYTES * length);
    }

    /** Fills the first {@code width} entries of rows with zeros. */
    public void clear(Rows rows, int count, int width) {
        if (rows.stride() == width) {
            clear(rows.address(), (long) count * width);
            return;
        }
        for (int row = 0; row < count; row++) {
            clear(rows.at(row), width);
        }
    }

    /**
     * Copies rows from native memory to the heap, where they lie side by side.
     *
     * @param stride floats between the rows' starts
     */
    public void loadRows(long from, long stride, int rows, int width, float[] to) {
        if (stride == width) {
            load(from, to, 0, rows * width);
            return;
        }
        for (int row = 0; row < rows; row++) {
            load(from + Float.BYTES * stride * row, to, row * width, width);
        }
    }

    /** Copies rows that lie side by side on the heap to native memory. */
    public void storeRows(float[] from, int rows, int width, long to, long stride) {
        if (stride == width) {
            store(from, 0, rows * width, to);
            return;
        }
        for (int row = 0; row < rows; row++) {
            store(from, row * width, width, to + Float.BYTES * stride * row);
        }
    }

    /** Things of growing size, handed out in order and taken back in reverse. */
    private static final class Shelf<T> {
        private final List<T> things = new ArrayList<>();
        private final IntFunction<T> make;
        private final ToIntFunction<T> size;
        private int taken;

        Shelf(IntFunction<T> make, ToIntFunction<T> size) {
            this.make = make;
            this.size = size;
        }

        T take(int length) {
            if (taken == things.size()) {
                things.add(make.apply(length));
            } else if (size.applyAsInt(things.get(taken)) < length) {
                things.set(taken, make.apply(length));
            }
            return things.get(taken++);
        }
    }
}
