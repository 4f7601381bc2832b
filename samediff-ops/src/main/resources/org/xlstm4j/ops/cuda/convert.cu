// From one storage type to another: -DFrom=float -DTo=bf16. Eight numbers a thread.
#include "types.cuh"

extern "C" __global__ void convert(const From* __restrict__ from, To* __restrict__ to, long long length) {
    long long first = 8 * (blockIdx.x * (long long) blockDim.x + threadIdx.x);
    if (first + 8 <= length) {
        alignas(16) From x[8];
        alignas(16) To y[8];
        #pragma unroll
        for (int i = 0; i < 8; i += PER_VECTOR<From>) {
            *reinterpret_cast<int4*>(x + i) = *reinterpret_cast<const int4*>(from + first + i);
        }
        #pragma unroll
        for (int i = 0; i < 8; i++) {
            y[i] = fromFloat<To>(toFloat(x[i]));
        }
        #pragma unroll
        for (int i = 0; i < 8; i += PER_VECTOR<To>) {
            *reinterpret_cast<int4*>(to + first + i) = *reinterpret_cast<const int4*>(y + i);
        }
    } else {
        for (long long i = first; i < length; i++) {
            to[i] = fromFloat<To>(toFloat(from[i]));
        }
    }
}
