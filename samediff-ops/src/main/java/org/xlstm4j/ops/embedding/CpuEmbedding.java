package org.xlstm4j.ops.embedding;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * Copies the table's rows that are asked for. The gradient is written once, block by block: a thread clears its block
 * of the table and adds to it, in the order of the ids, Σ dy over the rows that asked for an entry.
 */
final class CpuEmbedding {
    private static final int ROWS = 64;
    private static final int TABLE_ROWS = 256;

    private CpuEmbedding() {
    }

    static void forward(Floats table, int[] ids, Floats y) {
        check(ids, table.size(0));
        int width = table.size(1);
        Workers.forEach(blocks(ids.length, ROWS), (block, worker) -> {
            var row = worker.floats(width);
            for (int i = block * ROWS; i < Math.min(ids.length, (block + 1) * ROWS); i++) {
                worker.load(table.at(ids[i]), row, 0, width);
                worker.store(row, 0, width, y.at(i));
            }
        });
    }

    static void backward(int[] ids, Floats dy, Floats dTable) {
        int vocabSize = dTable.size(0);
        check(ids, vocabSize);
        Workers.forEach(blocks(vocabSize, TABLE_ROWS), (block, worker) -> {
            int from = block * TABLE_ROWS;
            int to = Math.min(vocabSize, from + TABLE_ROWS);
            clear(dTable, from, to, worker);
            add(ids, dy, dTable, from, to, worker);
        });
    }

    private static void clear(Floats dTable, int from, int to, Worker worker) {
        int width = dTable.size(1);
        var zeros = worker.floats(width);
        Arrays.fill(zeros, 0, width, 0);
        for (int id = from; id < to; id++) {
            worker.store(zeros, 0, width, dTable.at(id));
        }
    }

    private static void add(int[] ids, Floats dy, Floats dTable, int from, int to, Worker worker) {
        int width = dTable.size(1);
        var sum = worker.floats(width);
        var upstream = worker.floats(width);
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= from && ids[i] < to) {
                worker.load(dTable.at(ids[i]), sum, 0, width);
                worker.load(dy.at(i), upstream, 0, width);
                Vectors.addScaled(1, upstream, 0, sum, 0, width);
                worker.store(sum, 0, width, dTable.at(ids[i]));
            }
        }
    }

    private static void check(int[] ids, int vocabSize) {
        for (int id : ids) {
            if (id < 0 || id >= vocabSize) {
                throw new IndexOutOfBoundsException(
                        "token id " + id + " is not in the vocabulary, whose ids are 0 to " + (vocabSize - 1));
            }
        }
    }

    private static int blocks(int length, int block) {
        return (length + block - 1) / block;
    }
}
