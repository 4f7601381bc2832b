package org.xlstm4j.ops.loss;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * What losses over a head need of the logits: 2 · tokens · vocabSize · hiddenSize operations in tiles that do not leave
 * the cache. Reads the head once a block of tokens and the hidden rows once a block of words; a tile leaves its
 * maximum and sum of exponentials a token behind, tokens · vocabSize / 256 floats in all, and the picked logits.
 */
final class CpuHeadLoss {

    private CpuHeadLoss() {
    }

    /**
     * What is left of the logits z of each token, in memory of the caller's.
     *
     * @param picked the target's logit and those at the teacher's ids
     * @param max    max z
     * @param sum    Σ e^(z − max)
     */
    record Reduced(float[] picked, float[] max, float[] sum) {

        /** Writes max and sum, each [tokens, 1]. */
        void store(LogitTiles tiles, Floats toMax, Floats toSum, Worker caller) {
            caller.storeRows(max, tiles.tokens(), 1, toMax.address(), toMax.stride(0));
            caller.storeRows(sum, tiles.tokens(), 1, toSum.address(), toSum.stride(0));
        }

        /** Writes log sum + max − z[target], [tokens, 1]. */
        void crossEntropy(LogitTiles tiles, Picks picks, Floats crossEntropy, Worker caller) {
            var loss = caller.floats(tiles.tokens());
            for (int token = 0; token < tiles.tokens(); token++) {
                loss[token] = (float) Math.log(sum[token]) + (max[token] - picked[token * picks.perToken()]);
            }
            caller.storeRows(loss, tiles.tokens(), 1, crossEntropy.address(), crossEntropy.stride(0));
        }
    }

    /**
     * Passes over the logits.
     *
     * @param hidesIds whether max and sum are those of the words that are none of the teacher's ids
     */
    static Reduced reduce(LogitTiles tiles, Picks picks, boolean hidesIds, Worker caller) {
        var picked = caller.floats(picks.count());
        int length = Math.multiplyExact(tiles.vocabBlocks(), tiles.tokens());
        var maxima = caller.floats(length);
        var sums = caller.floats(length);
        int tokenBlocks = tiles.tokenBlocks();
        Workers.forEach(tiles.vocabBlocks() * tokenBlocks, (tile, worker) ->
                reduce(tiles, tile / tokenBlocks, tile % tokenBlocks, picks, hidesIds, picked, maxima, sums, worker));
        Workers.forEach(tokenBlocks, (block, worker) ->
                combine(maxima, sums, block * LogitTiles.TOKENS, tiles.width(block), tiles));
        return new Reduced(picked, maxima, sums);
    }

    /**
     * Leaves a tile's max z and Σ e^(z − max z) behind, and its picks. It passes over the tile twice, a group of rows
     * at a time, and keeps a maximum and a sum for each place in a group, so that all loops run over whole arrays.
     */
    private static void reduce(LogitTiles tiles, int vocabBlock, int tokenBlock, Picks picks,
                               boolean hidesIds, float[] picked, float[] maxima, float[] sums, Worker worker) {
        int width = tiles.width(tokenBlock);
        int height = tiles.height(vocabBlock);
        long tile = worker.memory(height * width);
        tiles.logits(vocabBlock, tokenBlock, worker, tile);

        int group = LogitTiles.ROWS * width;
        int length = height * width;
        var rows = worker.floats(group);
        var max = worker.floats(group);
        Arrays.fill(max, 0, group, Float.NEGATIVE_INFINITY);
        for (int from = 0; from < length; from += group) {
            int count = Math.min(group, length - from);
            worker.load(tile + (long) Float.BYTES * from, rows, 0, count);
            int words = tiles.group(vocabBlock, from / width);
            picks.read(tokenBlock, words, rows, picked);
            if (hidesIds) {
                picks.hide(tokenBlock, words, rows);
            }
            raise(max, rows, count);
        }
        spreadMaximum(max, width);

        var sum = worker.floats(group);
        Arrays.fill(sum, 0, group, 0);
        for (int from = 0; from < length; from += group) {
            int count = Math.min(group, length - from);
            worker.load(tile + (long) Float.BYTES * from, rows, 0, count);
            if (hidesIds) {
                picks.hide(tokenBlock, tiles.group(vocabBlock, from / width), rows);
            }
            subtract(rows, max, count);
            worker.exp().inPlace(rows, 0, count);
            add(sum, rows, count);
        }
        int at = vocabBlock * tiles.tokens() + tokenBlock * LogitTiles.TOKENS;
        System.arraycopy(max, 0, maxima, at, width);
        for (int t = 0; t < width; t++) {
            sums[at + t] = 0;
            for (int row = 0; row < LogitTiles.ROWS; row++) {
                sums[at + t] += sum[row * width + t];
            }
        }
    }

    /** Puts each column's largest value into every row. */
    private static void spreadMaximum(float[] max, int width) {
        for (int row = 1; row < LogitTiles.ROWS; row++) {
            for (int t = 0; t < width; t++) {
                max[t] = Math.max(max[t], max[row * width + t]);
            }
        }
        for (int row = 1; row < LogitTiles.ROWS; row++) {
            System.arraycopy(max, 0, max, row * width, width);
        }
    }

    private static void raise(float[] max, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            max[i] = Math.max(max[i], x[i]);
        }
    }

    private static void subtract(float[] x, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            x[i] -= y[i];
        }
    }

    private static void add(float[] sum, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += x[i];
        }
    }

    /** Takes all tiles of the vocabulary into the first. */
    private static void combine(float[] maxima, float[] sums, int token, int width, LogitTiles tiles) {
        int stride = tiles.tokens();
        int end = tiles.vocabBlocks() * stride;
        for (int t = token; t < token + width; t++) {
            float max = maxima[t];
            for (int at = t; at < end; at += stride) {
                max = Math.max(max, maxima[at]);
            }
            double sum = 0;
            for (int at = t; at < end; at += stride) {
                sum += sums[at] * Math.exp(maxima[at] - max);
            }
            maxima[t] = max;
            sums[t] = (float) sum;
        }
    }
}
