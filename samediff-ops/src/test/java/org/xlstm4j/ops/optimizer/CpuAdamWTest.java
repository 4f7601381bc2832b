package org.xlstm4j.ops.optimizer;

import org.junit.jupiter.api.Test;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.cpu.Workers;

class CpuAdamWTest extends AdamWContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Test
    void givesTheSameBitsWithOneThreadAndWithTwo() {
        int threads = Workers.threads();
        try {
            Workers.use(1);
            var one = Trained.in(form(), first(CLIPPING, 0.95), gradient -> gradient);
            Workers.use(2);
            assertSameBits(Trained.in(form(), first(CLIPPING, 0.95), gradient -> gradient), one);
        } finally {
            Workers.use(threads);
        }
    }
}
