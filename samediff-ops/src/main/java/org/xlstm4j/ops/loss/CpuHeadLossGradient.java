package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Blas.Transpose;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The gradient of the losses over a head: dz = dCE (softmax(z) − onehot) + dKL · klGradient,
 * dHidden = dz · head, dHead = dzᵀ · hidden; 6 · tokens · vocabSize · hiddenSize operations.
 *
 * <p>It goes through the vocabulary in spans. A span's dz is made tile by tile, from logits computed anew, in memory
 * that the next span uses again, 8 MB of it or {@value LogitTiles#VOCAB} words. Then jobs multiply it that each own
 * rows of dHead or a block of dHidden, to which they add span by span. So every sum has one order, no thread has a
 * copy of a gradient, and the logits are made once: a pass for dHead and another for dHidden would make them twice, a
 * third more work.
 */
final class CpuHeadLossGradient {
    private static final int SPAN_FLOATS = 1 << 21;
    private static final int COLUMNS = 256;

    private final LogitTiles tiles;
    private final Picks picks;
    private final CpuPulls pulls;
    private final ScaledSoftmax softmax;

    CpuHeadLossGradient(LogitTiles tiles, Picks picks, CpuPulls pulls, ScaledSoftmax softmax) {
        this.tiles = tiles;
        this.picks = picks;
        this.pulls = pulls;
        this.softmax = softmax;
    }

    /** Writes dHidden, and dHead where it is not null. */
    void run(Floats dHidden, Floats dHead, Worker caller) {
        int fitting = SPAN_FLOATS / tiles.tokens() / LogitTiles.VOCAB;
        int blocks = Math.max(1, Math.min(fitting, tiles.vocabBlocks()));
        int words = Math.min(blocks * LogitTiles.VOCAB, tiles.vocabSize());
        long memory = caller.memory(Math.multiplyExact(words, tiles.tokens()));
        for (int first = 0; first < tiles.vocabBlocks(); first += blocks) {
            span(new Span(first, Math.min(blocks, tiles.vocabBlocks() - first), memory), dHidden, dHead);
        }
    }

    /**
     * Blocks of words and their dz, tile after tile.
     *
     * @param first  of the blocks
     * @param memory the address of dz
     */
    private record Span(int first, int blocks, long memory) {
    }

    private void span(Span span, Floats dHidden, Floats dHead) {
        int tokenBlocks = tiles.tokenBlocks();
        Workers.forEach(span.blocks() * tokenBlocks, (job, worker) ->
                logitGradient(span, job / tokenBlocks, job % tokenBlocks, worker));
        int columnBlocks = LogitTiles.blocks(tiles.hiddenSize(), COLUMNS);
        int hiddenJobs = tokenBlocks * columnBlocks;
        int headJobs = dHead == null ? 0 : span.blocks();
        Workers.forEach(hiddenJobs + headJobs, (job, worker) -> {
            if (job < hiddenJobs) {
                addToHidden(span, job / columnBlocks, job % columnBlocks, dHidden, worker);
            } else {
                headGradient(span, job - hiddenJobs, dHead, worker);
            }
        });
    }

    /** The address of a tile of dz. */
    private long tile(Span span, int block, int tokenBlock) {
        return span.memory() + Float.BYTES * ((long) block * LogitTiles.VOCAB * tiles.tokens()
                + (long) tiles.height(span.first() + block) * tokenBlock * LogitTiles.TOKENS);
    }

    /** Writes a tile of dz. */
    private void logitGradient(Span span, int block, int tokenBlock, Worker worker) {
        int vocabBlock = span.first() + block;
        int width = tiles.width(tokenBlock);
        int length = tiles.height(vocabBlock) * width;
        long tile = tile(span, block, tokenBlock);
        tiles.logits(vocabBlock, tokenBlock, worker, tile);

        var ofGroup = softmax.group(tokenBlock * LogitTiles.TOKENS, width, worker);
        int group = LogitTiles.ROWS * width;
        var rows = worker.floats(group);
        for (int from = 0; from < length; from += group) {
            int count = Math.min(group, length - from);
            worker.load(tile + (long) Float.BYTES * from, rows, 0, count);
            int words = tiles.group(vocabBlock, from / width);
            if (pulls.hidesIds()) {
                picks.hide(tokenBlock, words, rows);
            }
            ofGroup.apply(rows, count, worker.exp());
            picks.add(tokenBlock, words, pulls.pulls(), rows);
            worker.store(rows, 0, count, tile + (long) Float.BYTES * from);
        }
    }

    /** dHidden += dz · head over a span, in a block of tokens and columns. */
    private void addToHidden(Span span, int tokenBlock, int columnBlock, Floats dHidden, Worker worker) {
        int width = tiles.width(tokenBlock);
        int column = columnBlock * COLUMNS;
        int columns = Math.min(COLUMNS, tiles.hiddenSize() - column);
        var to = dHidden.rows((long) tokenBlock * LogitTiles.TOKENS, column);
        for (int block = 0; block < span.blocks(); block++) {
            int vocabBlock = span.first() + block;
            var head = tiles.head().rows((long) vocabBlock * LogitTiles.VOCAB, column);
            worker.blas().gemm(Transpose.T, Transpose.N, width, columns, tiles.height(vocabBlock), 1,
                    tile(span, block, tokenBlock), width, head.address(), head.stride(), vocabBlock == 0 ? 0 : 1,
                    to.address(), to.stride());
        }
    }

    /** A block's rows of dHead = dzᵀ · hidden. */
    private void headGradient(Span span, int block, Floats dHead, Worker worker) {
        int vocabBlock = span.first() + block;
        var to = dHead.rows((long) vocabBlock * LogitTiles.VOCAB, 0);
        for (int tokenBlock = 0; tokenBlock < tiles.tokenBlocks(); tokenBlock++) {
            int width = tiles.width(tokenBlock);
            var hidden = tiles.hidden().rows((long) tokenBlock * LogitTiles.TOKENS, 0);
            worker.blas().gemm(Transpose.N, Transpose.N, tiles.height(vocabBlock), tiles.hiddenSize(), width, 1,
                    tile(span, block, tokenBlock), width, hidden.address(), hidden.stride(),
                    tokenBlock == 0 ? 0 : 1, to.address(), to.stride());
        }
    }
}
