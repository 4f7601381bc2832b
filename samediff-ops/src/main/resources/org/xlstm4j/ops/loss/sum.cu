// One number of many losses: sum over tokens of factor * weight * loss, and its gradient. All in float.
#include "numbers.cuh"

constexpr int THREADS = 1024;

// sum += factor * sum_t weights[t] losses[t]. One block, whose order of sums depends on the length alone.
extern "C" __global__ void __launch_bounds__(THREADS) add_sum(const float* losses, const float* weights, float factor,
        float* sum, long long length) {
    __shared__ float ofWarp[THREADS / 32];
    float own = 0;
    for (long long t = threadIdx.x; t < length; t += THREADS) {
        own += weights[t] * losses[t];
    }
    own = warpSum(own);
    if (threadIdx.x % 32 == 0) {
        ofWarp[threadIdx.x / 32] = own;
    }
    __syncthreads();
    if (threadIdx.x < 32) {
        float total = warpSum(ofWarp[threadIdx.x]);
        if (threadIdx.x == 0) {
            *sum += factor * total;
        }
    }
}

// gradient[t] = factor * dSum * weights[t]
extern "C" __global__ void scale(const float* weights, const float* dSum, float factor, float* gradient,
        long long length) {
    long long t = (long long) blockIdx.x * blockDim.x + threadIdx.x;
    if (t < length) {
        gradient[t] = factor * *dSum * weights[t];
    }
}
