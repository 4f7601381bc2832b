package org.xlstm4j.ops.rope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.RandomArrays;

/** What the fused forms of RoPE keep to beside. */
abstract class FusedRopeContract extends RopeContract {
    @Test
    void isSound() {
        var random = new RandomArrays(4);
        FusedOps.assertSound(graph(RopeSpec.of(6, 10_000), random.normal(2, 3, 63, 6),
                new int[][] {range(0, 63), range(9, 63)}, random.normal(2, 3, 63, 6), DataType.FLOAT), List.of("x"));
    }

    @Test
    void queriesAndKeysAreSound() {
        var random = new RandomArrays(6);
        var x = new Pair(random.normal(2, 6, 63, 6), random.normal(2, 2, 63, 6));
        var graph = graph(RopeSpec.of(6, 10_000), x, new int[][] {range(0, 63), range(9, 63)}, x, DataType.FLOAT);
        FusedOps.assertSound(graph, List.of("query", "key"));
        assertThat(graph.sd().getFunction("grad").getOps().values()).as("forward and back")
                .filteredOn(op -> op.getOp() instanceof RopeOp).hasSize(2);
    }
}
