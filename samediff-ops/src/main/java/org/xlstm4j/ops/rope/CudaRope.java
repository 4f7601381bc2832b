package org.xlstm4j.ops.rope;

import java.util.List;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Runs;

/** The rotation, read and written once, each x on its own. See {@link CpuRope}. */
final class CudaRope {

    private CudaRope() {
    }

    /** @param xs rows to turn by the same angles, of any numbers of heads */
    static void turn(List<DeviceArray> xs, DeviceArray cos, DeviceArray sin, boolean back, List<DeviceArray> ys,
                     Gpu gpu) {
        int half = cos.size(1);
        for (int i = 0; i < xs.size(); i++) {
            var x = xs.get(i);
            int heads = x.size(1) / (2 * half);
            gpu.launch("rope/rope.cu", Defines.of(x.type(), cos.type()).with("HALF", half), "rope",
                    Runs.grid(x.size(0), heads, half, x.type()), x, cos, sin, ys.get(i), x.size(0), heads,
                    back ? 1 : 0);
        }
    }
}
