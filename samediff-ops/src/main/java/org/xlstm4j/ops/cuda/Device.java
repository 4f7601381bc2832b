package org.xlstm4j.ops.cuda;

import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;

/**
 * What is known of a GPU.
 *
 * @param context         the calling thread's context on it
 * @param capability      its compute capability, such as 90 for 9.0
 * @param multiprocessors their number
 * @param sharedBytes     the most shared memory that a block can have
 */
public record Device(long context, int capability, int multiprocessors, int sharedBytes) {

    static Device current() {
        int device = Driver.device();
        return new Device(Driver.context(),
                10 * Driver.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device)
                        + Driver.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
                Driver.attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
                Driver.attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device));
    }

    /** Whether groups of warps multiply matrices together, as Hopper's do. */
    public boolean hasWarpgroups() {
        return Nvrtc.hasWarpgroups(capability);
    }

    /** Whether tensor cores multiply bf16, fp16 and TF32. */
    public boolean hasTensorCores() {
        return capability >= 80;
    }
}
