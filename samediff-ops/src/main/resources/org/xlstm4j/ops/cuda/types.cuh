// Storage types and conversions. Kernels compute in float; they store Element (activations) and Weight (parameters),
// which the compiler is given: -DElement=float|bf16|fp16 -DWeight=float|bf16|fp16. No header of CUDA's is needed.
#pragma once

#ifdef __CUDA_ARCH__
#define ARCHITECTURE __CUDA_ARCH__
#else
#define ARCHITECTURE 0
#endif

struct alignas(2) bf16 { unsigned short bits; };
struct alignas(2) fp16 { unsigned short bits; };

template <typename A, typename B> struct IsSame { static constexpr bool value = false; };
template <typename A> struct IsSame<A, A> { static constexpr bool value = true; };

__device__ __forceinline__ float toFloat(float x) { return x; }

__device__ __forceinline__ float toFloat(bf16 x) { return __uint_as_float((unsigned) x.bits << 16); }

__device__ __forceinline__ float toFloat(fp16 x) {
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
}

template <typename T> __device__ __forceinline__ T fromFloat(float x);

template <> __device__ __forceinline__ float fromFloat<float>(float x) { return x; }

template <> __device__ __forceinline__ bf16 fromFloat<bf16>(float x) {
    bf16 y;
#if ARCHITECTURE >= 900
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else
    // Round to nearest, ties to even; NaN stays NaN.
    unsigned bits = __float_as_uint(x);
    y.bits = (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
#endif
    return y;
}

template <> __device__ __forceinline__ fp16 fromFloat<fp16>(float x) {
    fp16 y;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
    return y;
}

// Two numbers in one register, the first in the lower half.
template <typename T> __device__ __forceinline__ unsigned pack(float first, float second);

template <> __device__ __forceinline__ unsigned pack<bf16>(float first, float second) {
#if ARCHITECTURE >= 800
    unsigned y;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(second), "f"(first));
    return y;
#else
    return fromFloat<bf16>(first).bits | (unsigned) fromFloat<bf16>(second).bits << 16;
#endif
}

template <> __device__ __forceinline__ unsigned pack<fp16>(float first, float second) {
    return fromFloat<fp16>(first).bits | (unsigned) fromFloat<fp16>(second).bits << 16;
}

// Numbers that are read and written 16 bytes at a time.
template <typename T> constexpr int PER_VECTOR = 16 / sizeof(T);

template <typename T> struct alignas(16) Vector {
    T values[PER_VECTOR<T>];

    __device__ __forceinline__ float get(int i) const { return toFloat(values[i]); }
    __device__ __forceinline__ void set(int i, float x) { values[i] = fromFloat<T>(x); }
};

// Sums and maxima over a warp, the same in every lane, in a fixed order.
__device__ __forceinline__ float warpSum(float x) {
    #pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    }
    return x;
}

__device__ __forceinline__ float warpMax(float x) {
    #pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, distance));
    }
    return x;
}

// The sum over a block of WARPS warps, the same in every thread; shared is for WARPS floats. Ends with a barrier.
template <int WARPS> __device__ __forceinline__ float blockSum(float x, float* shared) {
    x = warpSum(x);
    if (threadIdx.x % 32 == 0) {
        shared[threadIdx.x / 32] = x;
    }
    __syncthreads();
    float sum = 0;
    #pragma unroll
    for (int warp = 0; warp < WARPS; warp++) {
        sum += shared[warp];
    }
    __syncthreads();
    return sum;
}
