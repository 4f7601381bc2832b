package org.xlstm4j.ops.attention;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.testing.FusedOps;

/** What the fused forms of attention keep to beside. */
abstract class FusedAttentionContract extends AttentionContract {
    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @Test
    void isSound() {
        int time = 600;
        var documents = new int[][] {
                IntStream.range(0, time).map(t -> t < 350 ? 0 : 1).toArray(), new int[time]};
        var spec = AttentionSpec.window(4, 2, time, 5, 100, 3);
        FusedOps.assertSound(graph(spec, inputs(spec, 2, 7), documents, DataType.FLOAT), DIFFERENTIATED);
        var causal = AttentionSpec.causal(2, 2, time, 5);
        FusedOps.assertSound(graph(causal, inputs(causal, 1, 8), null, DataType.FLOAT), DIFFERENTIATED);
    }
}
