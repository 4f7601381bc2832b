package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The memories at the borders of chunks: border r holds Σ_{j&lt;r} exp(g_{j+1} + … + g_{r-1}) U_j, with g the decay
 * over a chunk and U_j what chunk j adds by itself. The sum over j is one product with a triangular matrix of decays,
 * as the parallel form has between steps.
 */
final class ChunkStates {
    private final MlstmSpec spec;
    private final SameDiff sd;
    private final DataType dataType;
    private final int chunks;
    private final SDVariable lastSegments;
    private final MlstmState initial;
    private final SDVariable firstSegments;
    private final MlstmState borders;

    /**
     * @param folded all chunks as one batch, [batch · chunks, heads, chunkSize, …]
     * @param initial the memory before the first chunk, or null
     */
    ChunkStates(MlstmSpec spec, int chunks, MlstmInputs folded, MlstmState initial) {
        this.spec = spec;
        this.sd = folded.query().getSameDiff();
        this.dataType = folded.query().dataType();
        this.chunks = chunks;
        this.initial = initial;
        var alone = new ParallelMlstm(spec.withTime(spec.chunkSize()), folded);
        boolean documents = folded.segments() != null;
        this.lastSegments = documents ? alone.lastSegment().reshape(-1, chunks) : null;
        this.firstSegments = documents
                ? sd.slice(folded.segments(), new int[] {0, 0}, -1, 1).reshape(-1, chunks) : null;
        this.borders = borders(alone);
    }

    /** The memory that each chunk starts with: [batch · chunks, heads, …]. */
    MlstmState atStarts() {
        int heads = spec.heads();
        int size = spec.keyDim() * spec.valueDim();
        return new MlstmState(
                starts(borders.memory(), size).reshape(-1, heads, spec.keyDim(), spec.valueDim()),
                starts(borders.normalizer(), spec.keyDim()).reshape(-1, heads, spec.keyDim()),
                starts(borders.max(), 1).reshape(-1, heads));
    }

    private SDVariable starts(SDVariable atBorders, int width) {
        return sd.slice(atBorders, new int[] {0, 0, 0, 0}, -1, spec.heads(), chunks, width).permute(0, 2, 1, 3);
    }

    /** The segments that the memories at the chunks' starts belong to, [batch · chunks, 1]; null without segments. */
    SDVariable owners() {
        if (lastSegments == null) {
            return null;
        }
        var first = sd.slice(firstSegments, new int[] {0, 0}, -1, 1);
        var owners = chunks == 1 ? first
                : sd.concat(1, first, sd.slice(lastSegments, new int[] {0, 0}, -1, chunks - 1));
        return owners.reshape(-1, 1);
    }

    /** The memory after the last chunk. */
    MlstmState atEnd() {
        int heads = spec.heads();
        int size = spec.keyDim() * spec.valueDim();
        return new MlstmState(
                end(borders.memory(), size).reshape(-1, heads, spec.keyDim(), spec.valueDim()),
                end(borders.normalizer(), spec.keyDim()).reshape(-1, heads, spec.keyDim()),
                end(borders.max(), 1).reshape(-1, heads));
    }

    private SDVariable end(SDVariable atBorders, int width) {
        return sd.slice(atBorders, new int[] {0, 0, chunks, 0}, -1, spec.heads(), 1, width);
    }

    /** The segment that the last memory belongs to, [batch, 1]; null without segments. */
    SDVariable endOwner() {
        return lastSegments == null ? null : sd.slice(lastSegments, new int[] {0, chunks - 1}, -1, 1);
    }

    /** [batch, heads, chunks + 1, …] for S (flat), z and m. */
    private MlstmState borders(ParallelMlstm alone) {
        int heads = spec.heads();
        int size = spec.keyDim() * spec.valueDim();
        var own = alone.finalState();
        var memory = byChunk(own.memory(), size);
        var normalizer = byChunk(own.normalizer(), spec.keyDim());
        var ownMax = byChunk(own.max(), 1).reshape(-1, heads, chunks);
        var decay = LogSpace.runningSum(
                byChunk(alone.totalDecay(), 1).reshape(-1, heads, chunks), heads, chunks, true);

        var past = past();
        var max = logWeights(decay, ownMax, past).max(true, 3);
        if (initial != null) {
            max = sd.math.max(max, carriedLogWeight(decay, initial.max()));
        }
        var fixed = LogSpace.constant(max);

        // The first border's row is masked whole, and exp(EMPTY − EMPTY) is 1: the mask has to be applied twice.
        var weights = sd.math.exp(logWeights(decay, LogSpace.constant(ownMax), past).sub(fixed)).mul(past);
        var borderMemory = weights.mmul(memory);
        var borderNormalizer = weights.mmul(normalizer);
        if (initial != null) {
            var carried = carriedLogWeight(decay, LogSpace.constant(initial.max()));
            var weight = sd.math.exp(carried.sub(fixed));
            borderMemory = borderMemory.add(weight.mul(initial.memory().reshape(-1, heads, 1, size)));
            borderNormalizer = borderNormalizer.add(
                    weight.mul(initial.normalizer().reshape(-1, heads, 1, spec.keyDim())));
        }
        return new MlstmState(borderMemory, borderNormalizer, max);
    }

    /** The logarithm of each chunk's weight at each border, [batch, heads, chunks + 1, chunks]. */
    private SDVariable logWeights(SDVariable decay, SDVariable ownMax, SDVariable past) {
        int heads = spec.heads();
        var afterChunk = sd.slice(decay, new int[] {0, 0, 1}, -1, heads, chunks);
        return LogSpace.masked(decay.reshape(-1, heads, chunks + 1, 1)
                .sub(afterChunk.reshape(-1, heads, 1, chunks))
                .add(ownMax.reshape(-1, heads, 1, chunks)), past);
    }

    /** The logarithm of the initial memory's weight at each border, [batch, heads, chunks + 1, 1]. */
    private SDVariable carriedLogWeight(SDVariable decay, SDVariable initialMax) {
        var carried = decay.add(initialMax.reshape(-1, spec.heads(), 1));
        if (lastSegments != null) {
            carried = LogSpace.masked(carried, initialSurvives());
        }
        return carried.reshape(-1, spec.heads(), chunks + 1, 1);
    }

    private SDVariable byChunk(SDVariable x, int width) {
        return x.reshape(-1, chunks, spec.heads(), width).permute(0, 2, 1, 3);
    }

    /** [batch or 1, 1, chunks + 1, chunks]: 1 where a chunk's contribution is still there at a border. */
    private SDVariable past() {
        var before = new float[chunks + 1][chunks];
        for (int border = 0; border <= chunks; border++) {
            for (int chunk = 0; chunk < border; chunk++) {
                before[border][chunk] = 1;
            }
        }
        var mask = sd.constant(Nd4j.createFromArray(before).castTo(dataType).reshape(1, 1, chunks + 1, chunks));
        if (lastSegments == null) {
            // ND4J M1.1 differentiates no more than one use of a constant.
            return sd.identity(mask);
        }
        return mask.mul(borderSegments().reshape(-1, 1, chunks + 1, 1)
                .eq(lastSegments.reshape(-1, 1, 1, chunks)).castTo(dataType));
    }

    /** The segment just before each border, [batch, chunks + 1]; before the first one, the row's first segment. */
    private SDVariable borderSegments() {
        return sd.concat(1, sd.slice(firstSegments, new int[] {0, 0}, -1, 1), lastSegments);
    }

    private SDVariable initialSurvives() {
        var first = sd.slice(firstSegments, new int[] {0, 0}, -1, 1);
        return borderSegments().eq(first).castTo(dataType).reshape(-1, 1, chunks + 1);
    }
}
