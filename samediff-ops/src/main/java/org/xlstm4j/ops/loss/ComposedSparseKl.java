package org.xlstm4j.ops.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.loss.LogSumExp.Shifted;

/**
 * The divergence from the teacher out of stock SameDiff ops. Gathering with a gradient is broken on ND4J M2.1, so the
 * teacher's probabilities are scattered to the vocabulary's width instead, which takes several arrays of
 * [tokens, vocabSize]. A tail is one more word behind the vocabulary.
 */
final class ComposedSparseKl {
    /** Keeps every one of the teacher's ids above zero, which marks it as one of the k. */
    private static final double MARK = 1e-30;
    /** Takes every other id out of the student's softmax, however far the k lie below them. */
    private static final double FAR = 1e9;

    private final SameDiff sd;
    private final LossSpec spec;
    private final Divergence divergence;
    private final DataType type;

    private ComposedSparseKl(LossSpec spec, SameDiff sd, DataType type) {
        this.sd = sd;
        this.spec = spec;
        this.divergence = spec.divergence();
        this.type = type;
    }

    static SDVariable apply(LossSpec spec, Shifted student, SDVariable teacherIds, SDVariable teacherLogits) {
        var logits = student.logits();
        var composed = new ComposedSparseKl(spec, logits.getSameDiff(), logits.dataType());
        return spec.divergence().hasTail() ? composed.withTail(logits, teacherIds, teacherLogits)
                : composed.divergence(logits, teacherIds, teacherLogits);
    }

    /** The divergence over the k ids and the rest of the vocabulary. */
    private SDVariable withTail(SDVariable logits, SDVariable ids, SDVariable teacher) {
        var ones = sd.constant(Nd4j.ones(type, spec.tokens(), spec.topK()));
        var rest = Shifted.of(logits.sub(scatter(ids, ones, spec.vocabSize()).mul(FAR)));
        var tail = sd.constant(Nd4j.valueArrayOf(new long[] {spec.tokens(), 1}, spec.vocabSize(), DataType.INT32));
        return divergence(sd.concat(1, logits, rest.logSum().add(rest.max())), sd.concat(1, ids, tail),
                divergence.tail() == Divergence.Tail.GIVEN ? teacher : sd.concat(1, teacher, logRest(teacher)));
    }

    private SDVariable logRest(SDVariable teacher) {
        var rest = sum(sd.math.exp(teacher), spec.topK()).mul(-1).add(1);
        return sd.math.log(sd.math.max(rest, constant(Math.exp(Divergence.LOWEST_LOG), 1)));
    }

    /**
     * The divergence over some classes.
     *
     * @param logits  [tokens, words]
     * @param ids     [tokens, classes], among the words
     * @param teacher [tokens, classes]
     */
    private SDVariable divergence(SDVariable logits, SDVariable ids, SDVariable teacher) {
        int classes = divergence.classes(spec.topK());
        int words = divergence.classes(spec.vocabSize());
        var p = sd.nn.softmax(cooled(teacher), 1);
        var dense = scatter(ids, p.add(MARK), words);
        var outside = dense.eq(0.0).castTo(type);
        var among = Shifted.of(cooled(logits.sub(outside.mul(FAR))));
        if (divergence.beta() == 1) {
            var logP = scatter(ids, sd.math.max(sd.math.log(p), constant(Divergence.LOWEST_LOG, classes)), words);
            return warmed(expected(among, logP));
        }
        var negativeEntropy = sum(p.mul(sd.math.log(p.add(MARK))), classes);
        if (divergence.beta() == 0) {
            var crossTerm = among.logSum().sub(dense.mul(among.logits()).sum(true, 1));
            return warmed(crossTerm.add(negativeEntropy));
        }
        double beta = divergence.beta();
        var mixture = dense.mul(beta).add(probabilities(among).mul(1 - beta));
        var logMixture = sd.math.log(mixture.add(outside));
        var ofTeacher = negativeEntropy.sub(dense.mul(logMixture).sum(true, 1));
        return warmed(ofTeacher.mul(beta).add(expected(among, logMixture).mul(1 - beta)));
    }

    private SDVariable probabilities(Shifted student) {
        return sd.math.exp(student.logits().sub(student.logSum()));
    }

    /** Σ q (log q − other) of the student's q. */
    private SDVariable expected(Shifted student, SDVariable other) {
        return probabilities(student).mul(student.logits().sub(student.logSum()).sub(other)).sum(true, 1);
    }

    private SDVariable cooled(SDVariable logits) {
        return divergence.temperature() == 1 ? logits : logits.div(divergence.temperature());
    }

    private SDVariable warmed(SDVariable loss) {
        return divergence.temperature() == 1 ? loss : loss.mul(Math.pow(divergence.temperature(), 2));
    }

    private SDVariable constant(double value, int width) {
        return sd.constant(Nd4j.valueArrayOf(new long[] {spec.tokens(), width}, value, type));
    }

    /** A product with ones: summing over an axis of length 1 fails on ND4J M2.1, and k may be 1. */
    private SDVariable sum(SDVariable values, int width) {
        return values.mmul(sd.constant(Nd4j.ones(type, width, 1)));
    }

    /** [tokens, words]: the values at their ids, zero elsewhere. */
    private SDVariable scatter(SDVariable ids, SDVariable values, int words) {
        long size = (long) spec.tokens() * words;
        var starts = sd.constant(Nd4j.arange(spec.tokens()).castTo(DataType.INT32).mul(words)
                .reshape(spec.tokens(), 1));
        var zeros = sd.constant(Nd4j.zeros(type, size));
        var flat = ids.add(starts).reshape(-1);
        return sd.scatterAdd(zeros, flat, values.reshape(-1)).reshape(spec.tokens(), words);
    }
}
