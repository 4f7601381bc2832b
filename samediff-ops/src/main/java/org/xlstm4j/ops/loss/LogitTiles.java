package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Blas.Transpose;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;

/**
 * The logits as tiles of {@value #VOCAB} words × {@value #TOKENS} tokens, made when they are needed. A tile's rows are
 * words, so that what is reduced over the vocabulary is elementwise over tokens; groups of {@value #ROWS} rows fit the
 * first cache.
 *
 * @param hidden [tokens, hiddenSize]
 * @param head   [vocabSize, hiddenSize]
 */
record LogitTiles(Floats hidden, Floats head) {
    static final int TOKENS = 256;
    static final int VOCAB = 512;
    static final int ROWS = 8;

    LogitTiles {
        if (hidden.size(1) != head.size(1)) {
            throw new IllegalArgumentException("hidden rows of width " + hidden.size(1)
                    + " do not fit a head of width " + head.size(1));
        }
    }

    int tokens() {
        return hidden.size(0);
    }

    int vocabSize() {
        return head.size(0);
    }

    int hiddenSize() {
        return hidden.size(1);
    }

    int tokenBlocks() {
        return blocks(tokens(), TOKENS);
    }

    int vocabBlocks() {
        return blocks(vocabSize(), VOCAB);
    }

    /** The number of groups of {@value #ROWS} words. */
    int groups() {
        return blocks(vocabSize(), ROWS);
    }

    /** The group of words that begins at a row of a tile. */
    int group(int vocabBlock, int row) {
        return (vocabBlock * VOCAB + row) / ROWS;
    }

    /** Tokens in a block. */
    int width(int tokenBlock) {
        return Math.min(TOKENS, tokens() - tokenBlock * TOKENS);
    }

    /** Words in a block. */
    int height(int vocabBlock) {
        return Math.min(VOCAB, vocabSize() - vocabBlock * VOCAB);
    }

    /** Writes a tile, its rows side by side. */
    void logits(int vocabBlock, int tokenBlock, Worker worker, long to) {
        worker.blas().gemm(Transpose.N, Transpose.T, height(vocabBlock), width(tokenBlock), hiddenSize(), 1,
                head.at((long) vocabBlock * VOCAB), head.stride(0), hidden.at((long) tokenBlock * TOKENS),
                hidden.stride(0), 0, to, width(tokenBlock));
    }

    static int blocks(int length, int block) {
        return (length + block - 1) / block;
    }
}
