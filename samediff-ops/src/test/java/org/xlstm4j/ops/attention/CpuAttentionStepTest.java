package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;

class CpuAttentionStepTest extends AttentionStepContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @Test
    void isSound() {
        var ring = new RingBuffer(4, 3000);
        var spec = spec(4, 2, 5, 3);
        var positions = IntStream.of(2, 500, 2999, 3010, 100_000).toArray();
        FusedOps.assertSound(graph(spec, ring, inputs(spec, ring, positions, 7), DataType.FLOAT), List.of());
    }

    @Test
    void gradientSaysWhatToDo() {
        var ring = new RingBuffer(1, 2);
        var spec = spec(2, 1, 3, 3);
        var graph = graph(spec, ring, inputs(spec, ring, new int[] {1}, 8), DataType.FLOAT);
        assertThatThrownBy(() -> graph.gradients(List.of("query"))).hasMessageContaining("Form.COMPOSED");
    }
}
