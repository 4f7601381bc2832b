package org.xlstm4j.safetensors;

/**
 * What a safetensors header says of one tensor.
 *
 * @param dtype element type
 * @param shape dimensions, row-major; empty for a scalar
 * @param begin first byte, counted from the end of the header
 * @param end   byte after the last
 */
public record TensorInfo(DType dtype, long[] shape, long begin, long end) {
    public TensorInfo {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements: 1 for a scalar, 0 for an empty tensor. */
    public long elements() {
        return (end - begin) / dtype.bytes();
    }

    /** Bytes in the file. */
    public long bytes() {
        return end - begin;
    }

    /**
     * The number of elements of {@code shape}.
     *
     * @throws ArithmeticException if it exceeds 63 bits
     */
    static long elements(long[] shape) {
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }
}
