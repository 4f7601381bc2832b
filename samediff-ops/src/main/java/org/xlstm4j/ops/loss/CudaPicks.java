package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cuda.CudaInts;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;

/**
 * The words whose logits losses look up one by one. A word outside the vocabulary makes its token's losses NaN: to name
 * it, the CPU would have to wait for the GPU.
 *
 * @param targets an id a token, int
 * @param ids     the teacher's, k a token, int; null where there is no teacher
 * @param k       0 where there is no teacher
 */
record CudaPicks(DeviceArray targets, DeviceArray ids, int k) {
    /** Ids of any type of number, in row order. */
    static CudaPicks of(DeviceArray targets, DeviceArray ids, Gpu gpu) {
        var ofTargets = CudaInts.of(targets, gpu);
        if (ids == null) {
            return new CudaPicks(ofTargets, null, 0);
        }
        if (ids.length() % targets.length() != 0) {
            throw new IllegalArgumentException(ids.length() + " teacher ids do not fit " + targets.length()
                    + " tokens");
        }
        return new CudaPicks(ofTargets, CudaInts.of(ids, gpu), Math.toIntExact(ids.length() / targets.length()));
    }

    void requireTokens(int tokens) {
        if (targets.length() != tokens) {
            throw new IllegalArgumentException(targets.length() + " targets do not fit " + tokens + " tokens");
        }
    }

    void requireLogits(DeviceArray teacherLogits, Divergence divergence) {
        int values = divergence.teacherValues(k);
        if (teacherLogits.length() != targets.length() * values) {
            throw new IllegalArgumentException(teacherLogits.length() + " teacher logits do not fit "
                    + targets.length() + " tokens, each with " + values + " for " + divergence);
        }
    }

    /** The targets alone. */
    CudaPicks withoutTeacher() {
        return new CudaPicks(targets, null, 0);
    }
}
