package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A tensor to be written.
 *
 * @param name  name in the header
 * @param dtype type it is stored as
 * @param shape dimensions, row-major
 * @param bytes number of its bytes
 * @param body  writes them
 */
record TensorEntry(String name, DType dtype, long[] shape, long bytes, Body body) {

    /** Writes a tensor's bytes. */
    @FunctionalInterface
    interface Body {
        void write(WritableByteChannel channel) throws IOException;
    }

    /**
     * Checks the declaration against the rules of the format.
     *
     * @throws IllegalArgumentException if it breaks one
     */
    static TensorEntry of(String name, DType dtype, long[] shape, Body body) {
        if (name.equals(HeaderJson.METADATA) || !HeaderJson.isUnicode(name)) {
            throw new IllegalArgumentException("a tensor cannot be named " + HeaderJson.quoted(name));
        }
        if (shape.length > HeaderJson.MAX_RANK) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "' has " + shape.length + " dimensions; at most " + HeaderJson.MAX_RANK);
        }
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("tensor '" + name + "' has a dimension of " + dimension);
            }
        }
        try {
            long bytes = Math.multiplyExact(TensorInfo.elements(shape), dtype.bytes());
            return new TensorEntry(name, dtype, shape.clone(), bytes, body);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("tensor '" + name + "' takes more bytes than 63 bits can count", e);
        }
    }

    /** Number of elements. */
    long elements() {
        return bytes / dtype.bytes();
    }
}
