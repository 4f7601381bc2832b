package org.xlstm4j.ops.loss;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The logits that losses look up one by one: of each token the target's and those at the teacher's k ids, in this
 * order, 1 + k a token. They are sorted by block of tokens and group of words once, so that who passes over the tiles
 * finds them without a search.
 */
final class Picks {
    /** Below all logits, and finite, so that differences are numbers. */
    private static final float LOWEST = -3e38f;

    private final LogitTiles tiles;
    private final int perToken;
    private final int[] targets;
    private final int[] ids;
    /** Where each group's picks begin, and last where all end, a block of tokens. */
    private final int[] starts;
    /** The number of a pick, token · (1 + k) + its place among the token's. */
    private final int[] numbers;
    /** Where it lies in its group's rows. */
    private final int[] places;

    private Picks(LogitTiles tiles, int[] targets, int[] ids, Worker caller) {
        this.tiles = tiles;
        this.targets = targets;
        this.ids = ids;
        this.perToken = 1 + ids.length / tiles.tokens();
        this.starts = caller.ints(tiles.tokenBlocks() * (tiles.groups() + 1));
        this.numbers = caller.ints(count());
        this.places = caller.ints(count());
    }

    /**
     * The picks of all tokens, in memory of the caller's.
     *
     * @param targets an id a token
     * @param ids     k ids a token, row by row; empty where there is no teacher
     * @throws IndexOutOfBoundsException if an id lies outside the vocabulary
     */
    static Picks of(LogitTiles tiles, int[] targets, int[] ids, Worker caller) {
        if (targets.length != tiles.tokens() || ids.length % tiles.tokens() != 0) {
            throw new IllegalArgumentException(targets.length + " targets and " + ids.length
                    + " teacher ids do not fit " + tiles.tokens() + " tokens");
        }
        var picks = new Picks(tiles, targets, ids, caller);
        Workers.forEach(tiles.tokenBlocks(), (block, worker) -> picks.sort(block));
        return picks;
    }

    /** Picks a token: 1 + k. */
    int perToken() {
        return perToken;
    }

    /** Picks of all tokens. */
    int count() {
        return Math.multiplyExact(tiles.tokens(), perToken);
    }

    /** Counts a block's picks by group and puts each in its place, from the last to the first. */
    private void sort(int block) {
        int from = block * LogitTiles.TOKENS;
        int to = from + tiles.width(block);
        int groups = tiles.groups();
        int first = block * (groups + 1);
        Arrays.fill(starts, first, first + groups + 1, 0);
        for (int token = from; token < to; token++) {
            for (int pick = 0; pick < perToken; pick++) {
                starts[first + checked(id(token, pick), token, pick) / LogitTiles.ROWS]++;
            }
        }
        int end = from * perToken;
        for (int group = 0; group <= groups; group++) {
            end += starts[first + group];
            starts[first + group] = end;
        }
        for (int token = to - 1; token >= from; token--) {
            for (int pick = perToken - 1; pick >= 0; pick--) {
                int id = id(token, pick);
                int at = --starts[first + id / LogitTiles.ROWS];
                numbers[at] = token * perToken + pick;
                places[at] = id % LogitTiles.ROWS * (to - from) + token - from;
            }
        }
    }

    private int id(int token, int pick) {
        return pick == 0 ? targets[token] : ids[token * (perToken - 1) + pick - 1];
    }

    private int checked(int id, int token, int pick) {
        if (id < 0 || id >= tiles.vocabSize()) {
            throw new IndexOutOfBoundsException((pick == 0 ? "target " : "teacher id ") + id + " of token " + token
                    + " lies outside the vocabulary of " + tiles.vocabSize());
        }
        return id;
    }

    /** Reads a group's picks from its rows: {@code values[number] = rows[place]}. */
    void read(int tokenBlock, int group, float[] rows, float[] values) {
        int entry = tokenBlock * (tiles.groups() + 1) + group;
        for (int at = starts[entry]; at < starts[entry + 1]; at++) {
            values[numbers[at]] = rows[places[at]];
        }
    }

    /** Takes the teacher's ids out of a group's rows: what is left there has no exponential beside any other word. */
    void hide(int tokenBlock, int group, float[] rows) {
        int entry = tokenBlock * (tiles.groups() + 1) + group;
        for (int at = starts[entry]; at < starts[entry + 1]; at++) {
            if (numbers[at] % perToken != 0) {
                rows[places[at]] = LOWEST;
            }
        }
    }

    /** Adds to a group's rows: {@code rows[place] += values[number]}. */
    void add(int tokenBlock, int group, float[] values, float[] rows) {
        int entry = tokenBlock * (tiles.groups() + 1) + group;
        for (int at = starts[entry]; at < starts[entry + 1]; at++) {
            rows[places[at]] += values[numbers[at]];
        }
    }
}
