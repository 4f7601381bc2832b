package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedAttentionStepTest extends AttentionStepContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.DOUBLE, DataType.FLOAT);
    }

    @Test
    void gradientsMatchTripleLoop() {
        var ring = new RingBuffer(2, 3);
        var spec = spec(4, 2, 5, 3);
        var given = inputs(spec, ring, new int[] {0, 4, 5, 77}, 6);
        for (var dataType : dataTypes()) {
            assertClose(graph(spec, ring, given, dataType).run(List.of("query", "key", "value", "keys", "values")),
                    expected(spec, ring, given), tolerance(dataType), dataType.toString());
        }
    }
}
