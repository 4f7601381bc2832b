package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class ArrayCacheTest {
    @Test
    void handsOutAgainWhatCameBack() {
        var cache = new ArrayCache();
        var array = cache.allocate(true, DataType.FLOAT, 3, 5);
        long address = array.data().address();
        cache.release(array);
        assertThat(cache.allocate(true, DataType.FLOAT, 3, 5).data().address()).isEqualTo(address);
        assertThat(cache.allocate(true, DataType.FLOAT, 3, 5).data().address()).isNotEqualTo(address);
    }

    @Test
    void arraysOfOneNumberComeBackBoth() {
        var cache = new ArrayCache();
        cache.release(cache.allocate(true, DataType.FLOAT, 3));
        var again = cache.allocate(true, DataType.FLOAT, 3);
        var fresh = cache.allocate(true, DataType.FLOAT, 4);
        for (var array : List.of(again, fresh)) {
            cache.release(array);
        }
        assertThat(cache.allocate(true, DataType.FLOAT, 3).data().address()).isEqualTo(again.data().address());
        assertThat(cache.allocate(true, DataType.FLOAT, 4).length()).isEqualTo(4);
    }
}
