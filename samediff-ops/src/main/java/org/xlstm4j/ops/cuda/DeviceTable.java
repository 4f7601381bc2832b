package org.xlstm4j.ops.cuda;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.factory.Nd4j;

/** Addresses of arrays and numbers in a GPU's memory: for kernels over more arrays than a launch has arguments. */
public final class DeviceTable {
    private final List<Long> entries = new ArrayList<>();

    /** Appends an array's address. */
    public DeviceTable add(DeviceArray array) {
        return add(array.address());
    }

    /** Appends a number. */
    public DeviceTable add(long number) {
        entries.add(number);
        return this;
    }

    /** What was appended, as 64-bit integers. */
    public DeviceArray toDevice() {
        return DeviceArray.of(Nd4j.createFromArray(entries.stream().mapToLong(Long::longValue).toArray()));
    }
}
