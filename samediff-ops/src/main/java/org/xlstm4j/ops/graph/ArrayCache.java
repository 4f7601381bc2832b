package org.xlstm4j.ops.graph;

import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The stock cache of a session's arrays without a fault of ND4J M2.1: there, an array that is handed out again gets the
 * number that the next new array gets as well, and when both come back, the cache takes the second for the first one's
 * second return and fails. Here, the second is left to the garbage collector.
 */
final class ArrayCache extends ArrayCacheMemoryMgr {

    @Override
    public void release(INDArray array) {
        if (!getLruCache().contains(array.getId())) {
            super.release(array);
        }
    }
}
