package org.xlstm4j.ops.cuda;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/** Time as the GPU takes it, between two marks on the calling thread's stream. */
public final class DeviceTimer {

    private DeviceTimer() {
    }

    /**
     * What passes on the GPU from where it begins with the work to where it ends, gaps in which it waits for the next
     * launch among it. Waits for the end.
     */
    public static double millis(Runnable work) {
        var stream = Gpu.current().stream();
        try (var begin = new CUevent_st(); var end = new CUevent_st()) {
            Driver.check(cudart.cuEventCreate(begin, 0), "cuEventCreate");
            Driver.check(cudart.cuEventCreate(end, 0), "cuEventCreate");
            try {
                Driver.check(cudart.cuEventRecord(begin, stream), "cuEventRecord");
                work.run();
                Driver.check(cudart.cuEventRecord(end, stream), "cuEventRecord");
                Driver.check(cudart.cuEventSynchronize(end), "cuEventSynchronize");
                var millis = new float[1];
                Driver.check(cudart.cuEventElapsedTime(millis, begin, end), "cuEventElapsedTime");
                return millis[0];
            } finally {
                cudart.cuEventDestroy(begin);
                cudart.cuEventDestroy(end);
            }
        }
    }
}
