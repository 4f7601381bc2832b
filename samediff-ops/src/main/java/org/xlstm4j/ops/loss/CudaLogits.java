package org.xlstm4j.ops.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;

/**
 * Logits z = hidden · headᵀ in float32, span by span of tokens, in memory that the next span uses again: 512 MB of it,
 * so that products are large enough for cuBLAS to be fast, or what one token's take.
 */
final class CudaLogits {
    private static final int SPAN_FLOATS = 1 << 27;
    /** Rows begin at multiples of 16 bytes, of 16-bit numbers too. */
    private static final int ALIGNMENT = 8;

    private final DeviceArray hidden;
    private final DeviceArray head;
    private final Precision precision;
    private final Gpu gpu;
    private final int vocabSize;
    private final int span;
    private final int stride;
    private final DeviceArray logits;

    /**
     * @param hidden [tokens, hiddenSize]
     * @param head   [vocabSize, hiddenSize], rounded to the type of {@code hidden}
     */
    CudaLogits(DeviceArray hidden, DeviceArray head, Precision precision, Gpu gpu) {
        if (hidden.size(1) != head.size(1)) {
            throw new IllegalArgumentException("hidden rows of width " + hidden.size(1)
                    + " do not fit a head of width " + head.size(1));
        }
        this.hidden = hidden;
        this.head = gpu.as(hidden.type(), head);
        this.precision = precision;
        this.gpu = gpu;
        this.vocabSize = head.size(0);
        this.stride = (vocabSize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        this.span = Math.max(1, Math.min(SPAN_FLOATS / stride, hidden.size(0)));
        this.logits = gpu.scratch(DataType.FLOAT, span, stride);
    }

    int tokens() {
        return hidden.size(0);
    }

    int vocabSize() {
        return vocabSize;
    }

    int hiddenSize() {
        return hidden.size(1);
    }

    /** Tokens in every span but the last, which may be shorter. */
    int span() {
        return span;
    }

    /** Elements from row to row of a span's logits. */
    int stride() {
        return stride;
    }

    /** Tokens in the span that begins at a token. */
    int count(int first) {
        return Math.min(span, tokens() - first);
    }

    /** Makes the logits of the span that begins at a token. */
    DeviceArray of(int first) {
        gpu.blas().multiply(count(first), vocabSize, hiddenSize(), hidden(first), head().transpose(), precision, 0,
                Matrix.of(logits, 0, stride, 0));
        return logits;
    }

    /** The rows of the span that begins at a token. */
    Matrix hidden(int first) {
        return rows(hidden, first);
    }

    /** The head in the type of the rows. */
    Matrix head() {
        return Matrix.of(head, 0, hiddenSize(), 0);
    }

    /** The span's rows of an array of the shape of {@code hidden}. */
    Matrix rows(DeviceArray array, int first) {
        return Matrix.of(array, (long) first * hiddenSize(), hiddenSize(), 0);
    }
}
