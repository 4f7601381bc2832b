// Scans over the threads of a block.
#pragma once
#include "types.cuh"

// What the lane `distance` before this one has.
template <typename T> __device__ __forceinline__ T shuffleUp(const T& x, int distance) {
    static_assert(sizeof(T) % sizeof(int) == 0, "made of words");
    T y;
    #pragma unroll
    for (int i = 0; i < sizeof(T) / sizeof(int); i++) {
        reinterpret_cast<int*>(&y)[i] = __shfl_up_sync(0xffffffffu, reinterpret_cast<const int*>(&x)[i], distance);
    }
    return y;
}

template <int LANES, typename T> __device__ __forceinline__ T warpScan(T x) {
    #pragma unroll
    for (int distance = 1; distance < LANES; distance *= 2) {
        T before = shuffleUp(x, distance);
        if (threadIdx.x % 32 >= distance) {
            x = before.then(x);
        }
    }
    return x;
}

// What x.then(next) makes of all threads up to each; shared is for WARPS elements. Ends with a barrier.
template <int WARPS, typename T> __device__ __forceinline__ T blockScan(T x, T* shared) {
    int warp = threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    x = warpScan<32>(x);
    if (lane == 31) {
        shared[warp] = x;
    }
    __syncthreads();
    if (warp == 0) {
        T all = x;
        if (lane < WARPS) {
            all = shared[lane];
        }
        all = warpScan<WARPS>(all);
        if (lane < WARPS) {
            shared[lane] = all;
        }
    }
    __syncthreads();
    if (warp > 0) {
        x = shared[warp - 1].then(x);
    }
    __syncthreads();
    return x;
}
