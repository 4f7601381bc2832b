package org.xlstm4j.ops.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaAdamWTest extends AdamWContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Test
    void givesTheSameBitsEveryTime() {
        var once = Trained.in(form(), first(CLIPPING, 0.95), gradient -> gradient);
        for (int run = 0; run < 3; run++) {
            assertSameBits(Trained.in(form(), first(CLIPPING, 0.95), gradient -> gradient), once);
        }
    }

    @Test
    void parametersMayBeginAnywhere() {
        var whole = Nd4j.ones(DataType.FLOAT, 12);
        var part = whole.get(NDArrayIndex.interval(1, 8));
        var update = Form.with(form(), () -> new AdamWUpdate(List.of(part), List.of(Moments.zeros(part))));
        update.apply(first(1, 0.95), List.of(Nd4j.ones(DataType.FLOAT, 7)));
        // Adam's first step is the rate.
        assertThat(part.toFloatVector()).containsOnly(0.99f);
        assertThat(whole.sumNumber().doubleValue()).isCloseTo(12 - 7 * 0.01, within(1e-5));
    }
}
