package org.xlstm4j.ops.cpu;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A float32 array in native memory as kernels see it: an address, and a stride of its first axis, counted in elements;
 * what lies beyond that axis is dense, and so is a single column.
 */
public final class Floats {
    private final INDArray array;
    private final long address;

    private Floats(INDArray array) {
        this.array = array;
        this.address = array.data().addressPointer().address();
    }

    /** The array itself where kernels can take it as it lies, a converted copy otherwise. */
    static Floats of(INDArray array) {
        return new Floats(isFit(array) ? array : array.castTo(DataType.FLOAT).dup('c'));
    }

    /** The array itself where kernels can write to it, a new one otherwise, to be handed to {@link #writeTo}. */
    static Floats toWrite(INDArray array) {
        return new Floats(isFit(array) ? array : Nd4j.createUninitialized(DataType.FLOAT, array.shape(), 'c'));
    }

    /** Matrices may have any row stride that leaves room for a row; arrays of more axes are dense within each entry. */
    private static boolean isFit(INDArray array) {
        if (array.dataType() != DataType.FLOAT) {
            return false;
        }
        int last = array.rank() - 1;
        long dense = 1;
        for (int axis = last; axis >= Math.max(0, Math.min(1, last)); axis--) {
            if (array.size(axis) != 1 && array.stride(axis) != dense) {
                return false;
            }
            dense *= array.size(axis);
        }
        return last < 1 || array.size(0) == 1
                || (dense == 1 ? array.stride(0) == 1 : array.stride(0) >= dense);
    }

    /** Hands what a kernel wrote on to the array that it is for. */
    void writeTo(INDArray target) {
        if (target != array) {
            target.assign(array);
        }
    }

    /** The length of an axis. */
    public int size(int axis) {
        return (int) array.size(axis);
    }

    /** The number of elements. */
    public long length() {
        return array.length();
    }

    /** Elements between neighbours on an axis. */
    public long stride(int axis) {
        // ND4J gives a single row any stride, and BLAS takes none below the row's length.
        return array.size(axis) == 1 ? Math.max(array.stride(axis), array.size(-1)) : array.stride(axis);
    }

    /** The address of the first element. */
    public long address() {
        return address;
    }

    /** The rows of a matrix from {@code row} on, each from {@code column} on. */
    public Rows rows(long row, long column) {
        // A single row's stride is arbitrary, and BLAS refuses one below the width.
        return new Rows(at(row) + Float.BYTES * column, Math.max(array.stride(0), array.size(1)));
    }

    /** The rows of entry {@code i} of the first of three axes, each from {@code column} on. */
    public Rows rowsOf(long i, long column) {
        return new Rows(at(i) + Float.BYTES * column, Math.max(array.stride(1), array.size(2)));
    }

    /** The address of an entry of the first axis. */
    public long at(long i) {
        return address + Float.BYTES * i * array.stride(0);
    }

    /** The address of an entry of the first two axes. */
    public long at(long i, long j) {
        return address + Float.BYTES * (i * array.stride(0) + j * array.stride(1));
    }
}
