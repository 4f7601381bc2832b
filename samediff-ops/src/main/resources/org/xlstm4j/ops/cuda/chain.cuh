// Chains of short kernels, each of which reads what the one before it wrote, as in a decoding step. From Hopper on, a
// kernel of a recorded chain starts while the one before it still runs, has what it will read brought nearer, and waits
// for it (programmatic dependent launch). It begins with
//     prefetch(…)         of what it will read that is far, such as weights
//     waitForInputs()     in all of its threads, before anything else that reads or writes memory
#pragma once

// To stand beside a kernel that begins so, and is started early for it.
#define CHAINED(kernel) extern "C" __device__ int chained_##kernel = 0

// Brings bytes into the cache that all multiprocessors share, by one thread, whole runs of 16. They may still change:
// nothing is read here.
__device__ __forceinline__ void prefetch(const void* from, int bytes) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900 && __CUDACC_VER_MAJOR__ >= 12
    unsigned long long start = ((unsigned long long) from + 15) / 16 * 16;
    unsigned long long end = ((unsigned long long) from + bytes) / 16 * 16;
    if (start < end) {
        asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" :: "l"(start), "r"((unsigned) (end - start)));
    }
#endif
}

// Waits until those before have ended, and lets the next kernel start. Not sooner: those after it would then start, too,
// and their waiting blocks take the room of blocks that work.
__device__ __forceinline__ void waitForInputs() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
    asm volatile("griddepcontrol.launch_dependents;");
#endif
}
