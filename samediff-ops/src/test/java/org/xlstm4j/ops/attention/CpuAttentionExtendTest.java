package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;

class CpuAttentionExtendTest extends AttentionExtendContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        for (var ring : List.of(new RingBuffer(3, 40), new RingBuffer(99, 0))) {
            var spec = spec(4, 2, 40, 3).withTime(70);
            var given = inputs(spec, ring, new int[] {0, 20, 0, 29}, new int[] {70, 3, 0, 70}, 7);
            FusedOps.assertSound(graph(spec, ring, given), List.of());
        }
    }

    @Test
    void gradientSaysWhatToDo() {
        var ring = new RingBuffer(1, 2);
        var spec = spec(2, 1, 2, 1);
        var graph = graph(spec, ring, inputs(spec, ring, new int[] {1}, new int[] {2}, 8));
        assertThatThrownBy(() -> graph.gradients(List.of("query"))).hasMessageContaining("Form.COMPOSED");
    }
}
