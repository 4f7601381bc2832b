package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Device;

class CudaAttentionTilesTest {
    private static final int HOPPER = 227 * 1024;
    private static final int TURING = 64 * 1024;

    @ParameterizedTest
    @CsvSource({"128, 232448", "128, 166912", "128, 98304", "256, 232448", "256, 166912", "5, 65536"})
    void tilesFit(int headDim, int sharedBytes) {
        for (var type : new DataType[] {DataType.FLOAT, DataType.BFLOAT16}) {
            var tiles = tiles(headDim, type, sharedBytes, false);
            for (var cut : new CudaAttentionTiles.Cut[] {tiles.forward(), tiles.queryGradient(), tiles.keyGradient()}) {
                assertThat(cut.sharedBytes()).isBetween(1, sharedBytes);
                assertThat(cut.split()).isEqualTo(headDim > 128);
            }
        }
    }

    @Test
    void warpgroupsHaveTwoBlocksAMultiprocessor() {
        var tiles = tiles(128, DataType.BFLOAT16, HOPPER, true);
        assertThat(tiles.forward()).isEqualTo(new CudaAttentionTiles.Cut(64, 64, true, false, 80 * 1024));
        assertThat(tiles.queryGradient()).isEqualTo(new CudaAttentionTiles.Cut(64, 64, true, false, 112 * 1024));
        assertThat(tiles.keyGradient()).isEqualTo(new CudaAttentionTiles.Cut(64, 64, true, false, 96 * 1024 + 1536));
        assertThat(tiles(128, DataType.FLOAT, HOPPER, true).forward().warpgroups()).isFalse();
    }

    @Test
    void saysWhatDoesNotFit() {
        var tiles = tiles(256, DataType.FLOAT, TURING, false);
        assertThatThrownBy(tiles::queryGradient).hasMessageContaining("256").hasMessageContaining("65536 bytes");
    }

    private static CudaAttentionTiles tiles(int headDim, DataType type, int sharedBytes, boolean warpgroups) {
        return new CudaAttentionTiles(AttentionSpec.causal(1, 1, 1, headDim), type, new Device(0, 90, 132, sharedBytes),
                warpgroups);
    }
}
