// Cross-entropy and sparse KL over a head, for a span of tokens whose logits z are in scratch memory: made by a product
// before each of the kernels, kept by none. With m = max z, s = sum e^(z - m), target y and the teacher's k ids:
//
//   crossEntropy = log s + m - z[y]
//   sparseKl     = sum p_j (log p_j - log q_j),  p = softmax(teacher's logits), q = softmax(z at the teacher's ids)
//   dz           = dCE (e^(z - m) / s - onehot(y)) + dKL (q - p at the teacher's ids)
//
// Losses are float, dz is of Elements. Rows of z and dz begin at multiples of `stride` entries, a multiple of 8, so that
// they are read 16 bytes at a time; what lies between `vocab` and `stride` is neither read nor written.
//
// `first` is the span's first token: arrays over tokens hold those of all spans, z and dz those of one.
#include "numbers.cuh"

constexpr int THREADS = 256;
constexpr int WARPS = THREADS / 32;

// Takes part in a maximum and a sum of exponentials without changing them; finite, so that differences are numbers.
constexpr float LOWEST = -3.402823466e38f;
// Keeps the logarithm of a probability of 0 finite: times the probability it is 0.
constexpr float LOWEST_LOG = -87;

// max z and sum e^(z - max z) of some logits.
struct Exponentials {
    float max;
    float sum;

    template <int N> __device__ __forceinline__ void add(const float (&z)[N]) {
        float raised = max;
        #pragma unroll
        for (int i = 0; i < N; i++) {
            raised = fmaxf(raised, z[i]);
        }
        sum *= __expf(max - raised);
        max = raised;
        #pragma unroll
        for (int i = 0; i < N; i++) {
            sum += __expf(z[i] - max);
        }
    }

    __device__ __forceinline__ void add(Exponentials other) {
        float raised = fmaxf(max, other.max);
        sum = sum * __expf(max - raised) + other.sum * __expf(other.max - raised);
        max = raised;
    }
};

// The block's, the same in every thread, in a fixed order.
__device__ __forceinline__ Exponentials blockExponentials(Exponentials own) {
    __shared__ Exponentials ofWarp[WARPS];
    #pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        Exponentials other = {__shfl_xor_sync(0xffffffffu, own.max, distance),
            __shfl_xor_sync(0xffffffffu, own.sum, distance)};
        own.add(other);
    }
    if (threadIdx.x % 32 == 0) {
        ofWarp[threadIdx.x / 32] = own;
    }
    __syncthreads();
    Exponentials all = ofWarp[0];
    #pragma unroll
    for (int warp = 1; warp < WARPS; warp++) {
        all.add(ofWarp[warp]);
    }
    return all;
}

__device__ __forceinline__ Exponentials rowExponentials(const float* __restrict__ z, int vocab) {
    constexpr int N = PER_VECTOR<float>;
    Exponentials own = {LOWEST, 0};
    int runs = vocab / N;
    #pragma unroll 4
    for (int run = threadIdx.x; run < runs; run += THREADS) {
        float values[N];
        load<N>(values, z + run * N);
        own.add(values);
    }
    int rest = runs * N + threadIdx.x;
    if (rest < vocab) {
        float value[1] = {z[rest]};
        own.add(value);
    }
    return blockExponentials(own);
}

// The id of a token's pick: its target at 0, then the teacher's.
__device__ __forceinline__ int pickedId(const int* targets, const int* ids, int k, int token, int pick) {
    return pick == 0 ? targets[token] : ids[(long long) token * k + pick - 1];
}

// A block a token. Writes crossEntropy, max and sum, each [tokens], and the logits at the teacher's ids, picked,
// [tokens, k]. An id outside the vocabulary makes its result NaN.
extern "C" __global__ void __launch_bounds__(THREADS) reduce(const float* __restrict__ logits, int vocab, int stride,
        int first, const int* __restrict__ targets, const int* __restrict__ ids, int k, float* crossEntropy,
        float* max, float* sum, float* picked) {
    int token = first + blockIdx.x;
    const float* z = logits + (long long) blockIdx.x * stride;
    Exponentials row = rowExponentials(z, vocab);
    if (threadIdx.x == 0) {
        max[token] = row.max;
        sum[token] = row.sum;
    }
    for (int pick = threadIdx.x; pick <= k; pick += THREADS) {
        int id = pickedId(targets, ids, k, token, pick);
        bool exists = id >= 0 && id < vocab;
        float value = exists ? z[id] : __int_as_float(0x7fffffff);
        if (pick == 0) {
            crossEntropy[token] = logf(row.sum) + (row.max - value);
        } else {
            picked[(long long) token * k + pick - 1] = value;
        }
    }
}

__device__ __forceinline__ float warpRowMax(const float* x, int k) {
    float max = LOWEST;
    for (int j = threadIdx.x % 32; j < k; j += 32) {
        max = fmaxf(max, x[j]);
    }
    return warpMax(max);
}

// A warp a token, 8 a block: KL(p || q) and its gradient with respect to the student's logits, q - p, [tokens, k].
extern "C" __global__ void __launch_bounds__(THREADS) sparse_kl(const float* __restrict__ picked,
        const float* __restrict__ teacherLogits, int tokens, int k, float* __restrict__ divergence,
        float* __restrict__ gradient) {
    int token = blockIdx.x * WARPS + threadIdx.x / 32;
    if (token >= tokens) {
        return;
    }
    int lane = threadIdx.x % 32;
    const float* student = picked + (long long) token * k;
    const float* teacher = teacherLogits + (long long) token * k;
    float studentMax = warpRowMax(student, k);
    float teacherMax = warpRowMax(teacher, k);
    float studentSum = 0;
    float teacherSum = 0;
    float cross = 0;
    for (int j = lane; j < k; j += 32) {
        float z = student[j] - studentMax;
        float t = teacher[j] - teacherMax;
        float weight = expf(t);
        studentSum += expf(z);
        teacherSum += weight;
        cross += weight * (fmaxf(t, LOWEST_LOG) - z);
    }
    studentSum = warpSum(studentSum);
    teacherSum = warpSum(teacherSum);
    cross = warpSum(cross);
    if (lane == 0) {
        divergence[token] = cross / teacherSum - logf(teacherSum) + logf(studentSum);
    }
    for (int j = lane; j < k; j += 32) {
        gradient[(long long) token * k + j] = expf(student[j] - studentMax) / studentSum
            - expf(teacher[j] - teacherMax) / teacherSum;
    }
}

// dCE softmax(z) of a row; dz may be where z is.
__device__ __forceinline__ void scaledSoftmax(const float* z, Element* dz, int vocab, float max, float factor) {
    constexpr int N = PER_VECTOR<Element>;
    int runs = vocab / N;
    #pragma unroll 4
    for (int run = threadIdx.x; run < runs; run += THREADS) {
        float values[N];
        load<N>(values, z + run * N);
        #pragma unroll
        for (int i = 0; i < N; i++) {
            values[i] = __expf(values[i] - max) * factor;
        }
        store<N>(dz + run * N, values);
    }
    int rest = runs * N + threadIdx.x;
    if (rest < vocab) {
        dz[rest] = fromFloat<Element>(__expf(z[rest] - max) * factor);
    }
}

// A token's target or one of the teacher's ids, and what it adds to dz there.
struct Pull {
    int id;
    float strength;
    // The id where this is the first of its word's pulls, else -1.
    int word;
    // All of dz at the word.
    float gradient;
};

__device__ __forceinline__ void gather(Pull* pulls, int pick, int picks, const float* z, int vocab, float max,
                                       float factor) {
    Pull& own = pulls[pick];
    bool isFirst = own.id >= 0 && own.id < vocab;
    for (int other = 0; other < pick; other++) {
        isFirst = isFirst && pulls[other].id != own.id;
    }
    own.word = isFirst ? own.id : -1;
    if (isFirst) {
        float gradient = __expf(z[own.id] - max) * factor;
        for (int other = pick; other < picks; other++) {
            gradient += pulls[other].id == own.id ? pulls[other].strength : 0;
        }
        own.gradient = gradient;
    }
}

// A block a token, with shared memory for 1 + k Pulls of 16 bytes. Writes dz, which may be where z is if it is of the
// same type: factors (dCE, where there is no tail) times the softmax, and the pulls. dSparseKl is null where it is in
// klGradient already. Pulls at the same word are added up in their order, in float. Ids outside the vocabulary are
// passed over: their losses are NaN.
extern "C" __global__ void __launch_bounds__(THREADS) logit_gradient(const float* logits, Element* gradient, int vocab,
        int stride, int first, const int* __restrict__ targets, const int* __restrict__ ids, int k,
        const float* __restrict__ max, const float* __restrict__ sum, const float* __restrict__ factors,
        const float* __restrict__ dCrossEntropy, const float* __restrict__ dSparseKl,
        const float* __restrict__ klGradient) {
    extern __shared__ Pull pulls[];
    int token = first + blockIdx.x;
    const float* z = logits + (long long) blockIdx.x * stride;
    Element* dz = gradient + (long long) blockIdx.x * stride;
    float scale = dCrossEntropy[token];
    float factor = factors[token] / sum[token];
    float divergenceScale = dSparseKl == nullptr ? 1 : dSparseKl[token];
    for (int pick = threadIdx.x; pick <= k; pick += THREADS) {
        pulls[pick].id = pickedId(targets, ids, k, token, pick);
        pulls[pick].strength = pick == 0 ? -scale : divergenceScale * klGradient[(long long) token * k + pick - 1];
    }
    __syncthreads();
    // Before z is overwritten.
    for (int pick = threadIdx.x; pick <= k; pick += THREADS) {
        gather(pulls, pick, 1 + k, z, vocab, max[token], factor);
    }
    __syncthreads();
    scaledSoftmax(z, dz, vocab, max[token], factor);
    __syncthreads();
    for (int pick = threadIdx.x; pick <= k; pick += THREADS) {
        if (pulls[pick].word >= 0) {
            dz[pulls[pick].word] = fromFloat<Element>(pulls[pick].gradient);
        }
    }
}
