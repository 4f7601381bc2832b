// Integers out of arrays of any type of number: -DNumber=float|bf16|fp16|int|long long|…
#include "types.cuh"

template <typename T> __device__ __forceinline__ bool areEqual(T a, T b) { return a == b; }
__device__ __forceinline__ bool areEqual(bf16 a, bf16 b) { return toFloat(a) == toFloat(b); }
__device__ __forceinline__ bool areEqual(fp16 a, fp16 b) { return toFloat(a) == toFloat(b); }

constexpr int THREADS = 1024;
// Neighbours that a thread looks at.
constexpr int RUN = 4;

// The maximum of x, at least 0, over all threads before this, and over all of the block in `whole`.
__device__ __forceinline__ int maximumBefore(int x, int& whole) {
    __shared__ int ofWarps[THREADS / 32];
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    #pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        int before = __shfl_up_sync(0xffffffffu, x, distance);
        x = lane >= distance ? max(x, before) : x;
    }
    __syncthreads();
    if (lane == 31) {
        ofWarps[warp] = x;
    }
    __syncthreads();
    int maximum = __shfl_up_sync(0xffffffffu, x, 1);
    maximum = lane == 0 ? 0 : maximum;
    whole = 0;
    for (int i = 0; i < THREADS / 32; i++) {
        maximum = i < warp ? max(maximum, ofWarps[i]) : maximum;
        whole = max(whole, ofWarps[i]);
    }
    return maximum;
}

// starts [batch, time]: the index at which each token's document begins, that is the latest token whose number is not
// that of the one before; 0 where segments, [batch, time], are null. Grid: batch; block: 1024.
extern "C" __global__ void __launch_bounds__(THREADS) document_starts(const Number* segments, int* starts, int time) {
    long long row = (long long) blockIdx.x * time;
    int latest = 0;
    for (int from = 0; from < time; from += THREADS * RUN) {
        int first = from + threadIdx.x * RUN;
        int own[RUN];
        int last = 0;
        #pragma unroll
        for (int i = 0; i < RUN; i++) {
            int t = first + i;
            bool begins = segments != nullptr && t > 0 && t < time
                && !areEqual(segments[row + t], segments[row + t - 1]);
            last = begins ? t : last;
            own[i] = last;
        }
        int whole;
        int before = max(latest, maximumBefore(last, whole));
        #pragma unroll
        for (int i = 0; i < RUN; i++) {
            if (first + i < time) {
                starts[row + first + i] = max(before, own[i]);
            }
        }
        latest = max(latest, whole);
    }
}

template <typename T> __device__ __forceinline__ int toInt(T x) {
    return x < -2147483647 ? -2147483647 - 1 : x > 2147483647 ? 2147483647 : (int) x;
}
__device__ __forceinline__ int toInt(float x) { return (int) x; }
__device__ __forceinline__ int toInt(bf16 x) { return (int) toFloat(x); }
__device__ __forceinline__ int toInt(fp16 x) { return (int) toFloat(x); }

// Whole numbers, such as token ids; what no int holds becomes the nearest that one does. Grid and block: any, along x.
extern "C" __global__ void ids_to_int(const Number* ids, int* ints, long long length) {
    long long threads = (long long) gridDim.x * blockDim.x;
    for (long long i = (long long) blockIdx.x * blockDim.x + threadIdx.x; i < length; i += threads) {
        ints[i] = toInt(ids[i]);
    }
}
