package org.xlstm4j.ops.mask;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SegmentMaskTest {
    private static final double[][] ROW = {{0, 1, 1, 1, 1, 2}};

    private final SameDiff sd = SameDiff.create();
    private final SegmentMask mask = new SegmentMask(sd, DataType.DOUBLE, 6);
    private final SDVariable segments = sd.constant(Nd4j.createFromArray(ROW));

    @Test
    void tokensReadTheirOwnDocumentUpToThemselves() {
        assertThat(rows(mask.causal(segments))).isDeepEqualTo(new double[][] {
                {1, 0, 0, 0, 0, 0},
                {0, 1, 0, 0, 0, 0},
                {0, 1, 1, 0, 0, 0},
                {0, 1, 1, 1, 0, 0},
                {0, 1, 1, 1, 1, 0},
                {0, 0, 0, 0, 0, 1}});
    }

    @Test
    void windowAndSinksAreCountedWithinTheDocument() {
        assertThat(rows(mask.causalWindow(segments, 2, 1))).isDeepEqualTo(new double[][] {
                {1, 0, 0, 0, 0, 0},
                {0, 1, 0, 0, 0, 0},
                {0, 1, 1, 0, 0, 0},
                {0, 1, 1, 1, 0, 0},
                {0, 1, 0, 1, 1, 0},
                {0, 0, 0, 0, 0, 1}});
    }

    @Test
    void withoutDocumentsTheRowIsOne() {
        assertThat(rows(mask.causalWindow(null, 2, 1))).isDeepEqualTo(new double[][] {
                {1, 0, 0, 0, 0, 0},
                {1, 1, 0, 0, 0, 0},
                {1, 1, 1, 0, 0, 0},
                {1, 0, 1, 1, 0, 0},
                {1, 0, 0, 1, 1, 0},
                {1, 0, 0, 0, 1, 1}});
        assertThat(rows(mask.causal(null))[3]).containsExactly(1, 1, 1, 1, 0, 0);
    }

    private static double[][] rows(SDVariable mask) {
        assertThat(mask.eval().shape()).containsExactly(1, 1, 6, 6);
        return mask.eval().reshape(6, 6).toDoubleMatrix();
    }
}
