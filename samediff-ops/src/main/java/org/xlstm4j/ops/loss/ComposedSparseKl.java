package org.xlstm4j.ops.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The sparse KL out of stock SameDiff ops. Gathering with a gradient is broken on ND4J M2.1, so the teacher's k
 * probabilities are scattered to the vocabulary's width instead, which takes several arrays of [tokens, vocabSize].
 */
final class ComposedSparseKl {
    /** Keeps every one of the teacher's ids above zero, which marks it as one of the k. */
    private static final double MARK = 1e-30;
    /** Takes every other id out of the student's softmax, however far the k lie below them. */
    private static final double FAR = 1e9;

    private ComposedSparseKl() {
    }

    static SDVariable apply(LossSpec spec, LogSumExp.Shifted student, SDVariable teacherIds,
                            SDVariable teacherLogits) {
        var sd = teacherIds.getSameDiff();
        var type = student.logits().dataType();
        var teacher = sd.nn.softmax(teacherLogits, 1);
        var dense = scatter(spec, teacherIds, teacher.add(MARK), type);
        var outside = dense.eq(0.0).castTo(type);
        var among = LogSumExp.Shifted.of(student.logits().sub(outside.mul(FAR)));
        var crossTerm = among.logSum().sub(dense.mul(among.logits()).sum(true, 1));
        // A product with ones: summing over an axis of length 1 fails on ND4J M2.1, and k may be 1.
        var ones = sd.constant(Nd4j.ones(type, spec.topK(), 1));
        var negativeEntropy = teacher.mul(sd.math.log(teacher.add(MARK))).mmul(ones);
        return crossTerm.add(negativeEntropy);
    }

    /** [tokens, vocabSize]: the values at their ids, zero elsewhere. */
    private static SDVariable scatter(LossSpec spec, SDVariable ids, SDVariable values, DataType type) {
        var sd = ids.getSameDiff();
        long size = (long) spec.tokens() * spec.vocabSize();
        var starts = sd.constant(Nd4j.arange(spec.tokens()).castTo(DataType.INT32).mul(spec.vocabSize())
                .reshape(spec.tokens(), 1));
        var zeros = sd.constant(Nd4j.zeros(type, size));
        var flat = ids.add(starts).reshape(-1);
        return sd.scatterAdd(zeros, flat, values.reshape(-1)).reshape(spec.tokens(), spec.vocabSize());
    }
}
