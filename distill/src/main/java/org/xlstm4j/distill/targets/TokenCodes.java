package org.xlstm4j.distill.targets;

import org.xlstm4j.distill.data.PackedBatch;

/**
 * The tokens of a row. Ids take the vocabulary's bits each; segments, positions, targets and weights are as good as
 * foretold by how rows are packed, and only what departs from that is stored: runs of differences, mostly zeros.
 */
final class TokenCodes {
    /** Four runs of one token each, of 65 bits for the value and one for the length. */
    static final int MOST_BYTES_BESIDE_ID = 4 * (65 + 1) / Byte.SIZE + 1;

    private final int time;
    private final int idBits;
    private final int[] differences;

    TokenCodes(int time, int idBits) {
        this.time = time;
        this.idBits = idBits;
        this.differences = new int[time];
    }

    void write(PackedBatch batch, int from, BitWriter out) {
        for (int t = 0; t < time; t++) {
            differences[t] = batch.segments()[from + t] - segmentBefore(batch, from, t);
        }
        writeRuns(out);
        for (int t = 0; t < time; t++) {
            differences[t] = batch.positions()[from + t] - foretoldPosition(batch, from, t);
        }
        writeRuns(out);
        for (int t = 0; t < time; t++) {
            differences[t] = weightBits(batch, from, t) ^ weightBits(batch, from, t - 1);
        }
        writeRuns(out);
        for (int t = 0; t < time; t++) {
            out.write(batch.ids()[from + t], idBits);
        }
        for (int t = 0; t < time; t++) {
            differences[t] = batch.targets()[from + t] - foretoldTarget(batch, from, t);
        }
        writeRuns(out);
    }

    void read(BitReader in, PackedBatch batch, int from) {
        readRuns(in);
        for (int t = 0; t < time; t++) {
            batch.segments()[from + t] = differences[t] + segmentBefore(batch, from, t);
        }
        readRuns(in);
        for (int t = 0; t < time; t++) {
            batch.positions()[from + t] = differences[t] + foretoldPosition(batch, from, t);
        }
        readRuns(in);
        for (int t = 0; t < time; t++) {
            batch.weights()[from + t] = Float.intBitsToFloat(differences[t] ^ weightBits(batch, from, t - 1));
        }
        for (int t = 0; t < time; t++) {
            batch.ids()[from + t] = in.read(idBits);
        }
        readRuns(in);
        for (int t = 0; t < time; t++) {
            batch.targets()[from + t] = differences[t] + foretoldTarget(batch, from, t);
        }
    }

    private static int segmentBefore(PackedBatch batch, int from, int t) {
        return t == 0 ? 0 : batch.segments()[from + t - 1];
    }

    /** The next one in the same document, 0 at the beginning of a document and in the padding. */
    private static int foretoldPosition(PackedBatch batch, int from, int t) {
        int segment = batch.segments()[from + t];
        return segment == 0 || segment != segmentBefore(batch, from, t) ? 0 : batch.positions()[from + t - 1] + 1;
    }

    /** The next token of the same document, 0 at its end and in the padding. */
    private int foretoldTarget(PackedBatch batch, int from, int t) {
        int segment = batch.segments()[from + t];
        return segment == 0 || t + 1 == time || segment != batch.segments()[from + t + 1] ? 0
                : batch.ids()[from + t + 1];
    }

    private static int weightBits(PackedBatch batch, int from, int t) {
        return t < 0 ? 0 : Float.floatToRawIntBits(batch.weights()[from + t]);
    }

    private void writeRuns(BitWriter out) {
        for (int start = 0, end; start < time; start = end) {
            end = start + 1;
            while (end < time && differences[end] == differences[start]) {
                end++;
            }
            int value = differences[start];
            // Positive and negative ones in turn, so that small ones are short.
            out.writeGamma(1 + Integer.toUnsignedLong(value << 1 ^ value >> 31));
            out.writeGamma(end - start);
        }
    }

    private void readRuns(BitReader in) {
        for (int t = 0; t < time; ) {
            int code = (int) (in.readGamma() - 1);
            int value = code >>> 1 ^ -(code & 1);
            int end = Math.toIntExact(t + in.readGamma());
            while (t < end) {
                differences[t++] = value;
            }
        }
    }
}
