package org.xlstm4j.distill.targets;

import com.github.luben.zstd.Zstd;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.xlstm4j.distill.data.PackedBatch;

/**
 * A row of a batch to bytes and back: the upper eight bits of the targets' ids, byte by byte, by zstd where this makes
 * them fewer; then in bits its tokens, and of every token that is not padding the rest of the ids and the
 * log-probabilities. In front stands the number of the bytes. Upper bits pay, a tenth of the store, for frequent words
 * have low ids and come again and again; lower bits are noise. For one thread.
 */
final class RowCodec {
    static final int UPPER_BITS = 8;
    private static final int LEVEL = 3;

    private final StoreHeader header;
    private final TokenCodes tokens;
    private final LogCodes logs;
    private final int lowerBits;
    private final byte[] uppers;
    private int upper;

    RowCodec(StoreHeader header) {
        this.header = header;
        this.tokens = new TokenCodes(header.time(), header.idBits());
        this.logs = new LogCodes(header.topK());
        this.lowerBits = Math.max(0, header.idBits() - UPPER_BITS);
        this.uppers = new byte[header.time() * header.topK()];
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
        upper = 0;
        for (int t = from; t < from + header.time(); t++) {
            if (!isPadding(batch.tokens(), t)) {
                write(batch, t, out);
            }
        }
        var packed = Zstd.compress(Arrays.copyOf(uppers, upper), LEVEL);
        boolean pays = packed.length < upper;
        return new Encoded(joined(pays ? packed : uppers, pays ? packed.length : upper, out.toBytes()),
                upper / header.topK(), highest);
    }

    private static byte[] joined(byte[] first, int length, byte[] second) {
        return Block.littleEndian(new byte[Integer.BYTES + length + second.length]).putInt(length)
                .put(first, 0, length).put(second).array();
    }

    private void write(TargetBatch batch, int token, BitWriter out) {
        int k = header.topK();
        for (int i = 0; i < k; i++) {
            int id = batch.ids()[token * k + i];
            uppers[upper++] = (byte) (id >>> lowerBits);
            out.write(id, lowerBits);
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
        int packed = Block.littleEndian(bytes).getInt(start);
        var in = new BitReader(bytes, Math.addExact(start + Integer.BYTES, packed));
        int from = row * header.time();
        tokens.read(in, batch.tokens(), from);
        unpack(bytes, start + Integer.BYTES, packed, count(batch.tokens(), from) * header.topK());
        for (int t = from; t < from + header.time(); t++) {
            if (isPadding(batch.tokens(), t)) {
                batch.fillPadding(t);
            } else {
                read(in, batch, t);
            }
        }
        return in.bytesRead() - start;
    }

    /** Makes {@code length} upper bytes of so many packed ones. */
    private void unpack(byte[] bytes, int start, int packed, int length) {
        upper = 0;
        if (packed == length) {
            System.arraycopy(bytes, start, uppers, 0, length);
        } else if (Zstd.decompressByteArray(uppers, 0, length, bytes, start, packed) != length) {
            throw new IndexOutOfBoundsException(packed + " bytes do not hold " + length + " ids");
        }
    }

    private void read(BitReader in, TargetBatch batch, int token) {
        int k = header.topK();
        var ids = batch.ids();
        for (int i = token * k; i < (token + 1) * k; i++) {
            ids[i] = Byte.toUnsignedInt(uppers[upper++]) << lowerBits | in.read(lowerBits);
        }
        if (header.tail()) {
            batch.tailLogProbabilities()[token] = LogCodes.readMass(in);
        }
        logs.read(in, batch.logProbabilities(), token * k);
    }

    private int count(PackedBatch batch, int from) {
        return (int) IntStream.range(from, from + header.time()).filter(t -> !isPadding(batch, t)).count();
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
