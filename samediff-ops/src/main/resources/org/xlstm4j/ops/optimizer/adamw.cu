// AdamW over all tensors of a model at once, PART elements of one tensor to a block. With g the gradient times what
// clips its global norm: m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g²,
//     p ← kept p − rate m / (√v + ε),    where kept is 1 for tensors that do not decay
// and rate has the corrections of the moments' bias. All in float, but for the squares of the norm.
#include "numbers.cuh"

struct Tensor {
    float* parameter;
    const float* gradient;
    float* first;
    float* second;
    long long length;
    // 0 or 1.
    long long decays;
};

// The elements of a tensor from PART * index on.
struct Part {
    int tensor;
    int index;
};

constexpr int THREADS = 256;

// Tensors may be views, which begin anywhere.
__device__ __forceinline__ bool isAligned(const Tensor& t) {
    return ((size_t) t.parameter | (size_t) t.gradient | (size_t) t.first | (size_t) t.second) % 16 == 0;
}

// Calls f4 with the index of each run of four of the part's elements that this thread has, f1 with that of each other.
template <typename F4, typename F1> __device__ __forceinline__ void forEachOf(const Tensor& tensor, Part part, F4 f4,
                                                                             F1 f1) {
    long long begin = (long long) PART * part.index;
    int length = min((long long) PART, tensor.length - begin);
    int runs = isAligned(tensor) ? length / 4 : 0;
    for (int run = threadIdx.x; run < runs; run += THREADS) {
        f4(begin + 4 * run);
    }
    for (int i = 4 * runs + threadIdx.x; i < length; i += THREADS) {
        f1(begin + i);
    }
}

// The sum over a block of up to 32 warps, in its first thread.
__device__ __forceinline__ double sumOfBlock(double x) {
    __shared__ double sums[32];
    int warp = threadIdx.x / 32;
    for (int distance = 16; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    }
    if (threadIdx.x % 32 == 0) {
        sums[warp] = x;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < blockDim.x / 32; i++) {
            x += sums[i];
        }
    }
    return x;
}

template <int N> __device__ __forceinline__ double squares(const float* x) {
    float values[N];
    load<N>(values, x);
    double sum = 0;
    #pragma unroll
    for (int i = 0; i < N; i++) {
        sum += (double) values[i] * values[i];
    }
    return sum;
}

// sums [grid]: the squares of each part's gradient. Grid: the number of parts; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS) adamw_squares(const Tensor* tensors, const Part* parts,
                                                                   double* sums) {
    Tensor tensor = tensors[parts[blockIdx.x].tensor];
    double sum = 0;
    forEachOf(tensor, parts[blockIdx.x], [&](long long i) { sum += squares<4>(tensor.gradient + i); },
        [&](long long i) { sum += squares<1>(tensor.gradient + i); });
    sum = sumOfBlock(sum);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = sum;
    }
}

// norm [1]: the root of the sum. Grid: 1; block: 1024.
extern "C" __global__ void __launch_bounds__(1024) adamw_norm(const double* sums, double* norm, int count) {
    double sum = 0;
    for (int i = threadIdx.x; i < count; i += 1024) {
        sum += sums[i];
    }
    sum = sumOfBlock(sum);
    if (threadIdx.x == 0) {
        *norm = sqrt(sum);
    }
}

struct Factors {
    float clipping;
    float beta1;
    float beta2;
    float rate;
    float epsilon;
    float kept;
};

template <int N> __device__ __forceinline__ void update(const Tensor& tensor, long long at, Factors factors) {
    float p[N], g[N], m[N], v[N];
    load<N>(p, tensor.parameter + at);
    load<N>(g, tensor.gradient + at);
    load<N>(m, tensor.first + at);
    load<N>(v, tensor.second + at);
    #pragma unroll
    for (int i = 0; i < N; i++) {
        float gradient = factors.clipping * g[i];
        m[i] = factors.beta1 * m[i] + (1 - factors.beta1) * gradient;
        v[i] = factors.beta2 * v[i] + (1 - factors.beta2) * (gradient * gradient);
        p[i] = factors.kept * p[i] - factors.rate * m[i] / (sqrtf(v[i]) + factors.epsilon);
    }
    store<N>(tensor.parameter + at, p);
    store<N>(tensor.first + at, m);
    store<N>(tensor.second + at, v);
}

// Changes nothing where the norm is not finite. Grid: the number of parts; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS) adamw_update(
        const Tensor* tensors, const Part* parts, const double* norm, double clipNorm, float beta1, float beta2,
        float rate, float epsilon, float kept) {
    if (!isfinite(*norm)) {
        return;
    }
    Tensor tensor = tensors[parts[blockIdx.x].tensor];
    float clipping = *norm > clipNorm ? (float) (clipNorm / *norm) : 1;
    Factors factors = {clipping, beta1, beta2, rate, epsilon, tensor.decays ? kept : 1};
    forEachOf(tensor, parts[blockIdx.x], [&](long long i) { update<4>(tensor, i, factors); },
        [&](long long i) { update<1>(tensor, i, factors); });
}
