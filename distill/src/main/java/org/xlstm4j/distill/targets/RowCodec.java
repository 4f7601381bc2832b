package org.xlstm4j.distill.targets;

import java.util.stream.IntStream;
import org.xlstm4j.distill.data.PackedBatch;

/**
 * A row of a batch to bytes and back: its tokens, then of every token that is not padding the ids and their
 * log-probabilities. For one thread.
 */
final class RowCodec {
    private final StoreHeader header;
    private final TokenCodes tokens;
    private final LogCodes logs;

    RowCodec(StoreHeader header) {
        this.header = header;
        this.tokens = new TokenCodes(header.time(), header.idBits());
        this.logs = new LogCodes(header.topK());
    }

    /** A row in bytes, and what the index says of it. */
    record Encoded(byte[] payload, int tokens, int highestId) {
    }

    /**
     * @throws IllegalArgumentException naming an id outside the vocabulary, or a value that is no log-probability
     */
    Encoded encode(TargetBatch batch, int row) {
        var out = new BitWriter();
        int from = row * header.time();
        int highest = requireIds(batch, from);
        tokens.write(batch.tokens(), from, out);
        int count = 0;
        for (int t = from; t < from + header.time(); t++) {
            if (!isPadding(batch.tokens(), t)) {
                write(batch, t, out);
                count++;
            }
        }
        return new Encoded(out.toBytes(), count, highest);
    }

    private void write(TargetBatch batch, int token, BitWriter out) {
        int k = header.topK();
        for (int i = 0; i < k; i++) {
            out.write(batch.ids()[token * k + i], header.idBits());
        }
        double rest = 0;
        if (header.tail()) {
            double mass = Math.exp(batch.tailLogProbabilities()[token]);
            LogCodes.writeMass(mass, out);
            rest = LogCodes.storedMass(mass);
        }
        logs.write(batch.logProbabilities(), token * k, rest, out);
    }

    private int requireIds(TargetBatch batch, int from) {
        int highest = 0;
        for (int t = from; t < from + header.time(); t++) {
            highest = Math.max(highest, requireId(batch.tokens().ids()[t]));
            highest = Math.max(highest, requireId(batch.tokens().targets()[t]));
            if (!isPadding(batch.tokens(), t)) {
                for (int i = t * header.topK(); i < (t + 1) * header.topK(); i++) {
                    highest = Math.max(highest, requireId(batch.ids()[i]));
                }
            }
        }
        return highest;
    }

    private int requireId(int id) {
        if (id < 0 || id >= header.vocabSize()) {
            throw new IllegalArgumentException("token id " + id + " is not one of a vocabulary of "
                    + header.vocabSize() + ": the data are of another tokenizer than the teacher's");
        }
        return id;
    }

    /** Fills a row of {@code batch} from the bytes from {@code start} on, and returns how many these were. */
    int decode(byte[] bytes, int start, TargetBatch batch, int row) {
        var in = new BitReader(bytes, start);
        int from = row * header.time();
        tokens.read(in, batch.tokens(), from);
        for (int t = from; t < from + header.time(); t++) {
            if (isPadding(batch.tokens(), t)) {
                fillPadding(batch, t);
            } else {
                read(in, batch, t);
            }
        }
        return in.bytesRead() - start;
    }

    private void read(BitReader in, TargetBatch batch, int token) {
        int k = header.topK();
        var ids = batch.ids();
        for (int i = token * k; i < (token + 1) * k; i++) {
            ids[i] = in.read(header.idBits());
        }
        if (header.tail()) {
            batch.tailLogProbabilities()[token] = LogCodes.readMass(in);
        }
        logs.read(in, batch.logProbabilities(), token * k);
    }

    /** Something finite that sums to 1, for nothing is learnt there. */
    private void fillPadding(TargetBatch batch, int token) {
        int k = header.topK();
        for (int i = 0; i < k; i++) {
            batch.ids()[token * k + i] = i;
            batch.logProbabilities()[token * k + i] = (float) -Math.log(k);
        }
        if (header.tail()) {
            batch.tailLogProbabilities()[token] = LogCodes.LOWEST;
        }
    }

    private static boolean isPadding(PackedBatch tokens, int t) {
        return tokens.segments()[t] == 0;
    }

    /** Whether a row holds nothing but padding. */
    static boolean isEmpty(PackedBatch batch, int row) {
        return IntStream.range(row * batch.time(), (row + 1) * batch.time())
                .allMatch(t -> batch.segments()[t] == 0);
    }
}
