package org.xlstm4j.bench;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a call returned, its memory freed: else the garbage collector's time would be measured, too. */
final class Closed {

    private Closed() {
    }

    static int of(Map<String, INDArray> arrays) {
        arrays.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
        return arrays.size();
    }
}
