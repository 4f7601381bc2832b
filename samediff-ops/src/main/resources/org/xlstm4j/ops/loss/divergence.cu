// The divergences that loss.cu's sparse_kl does not know: reverse KL and generalised Jensen-Shannon, temperatures, and
// the words beside the teacher's k ids as one more class, the tail. With p and q the softmaxes of the classes' logits
// of teacher and student divided by T, and a the gradient of the divergence with respect to q:
//
//   beta = 0   KL(p || q) = sum p (log p - log q)                                     gradient by z: q - p
//   beta = 1   KL(q || p) = sum q a,  a = log q - log p                               q (a - sum q a)
//   else       beta sum p (log p - log m) + sum q a,  m = beta p + (1 - beta) q,
//              a = (1 - beta) (log q - log m)                                         the same
//
// times T^2, the gradients times T.
//
// The tail's logit u is the log-sum-exp of the words that are none of the k: these are hidden in the logits before they
// are reduced, since what is left of a whole row's sum without its largest terms is rounding.
#include "numbers.cuh"

constexpr int THREADS = 256;
constexpr int WARPS = THREADS / 32;

constexpr float LOWEST = -3.402823466e38f;
// What a logarithm of the teacher's probability counts for at least.
constexpr float LOWEST_LOG = -87;

constexpr int TAIL_REST = 1;
constexpr int TAIL_GIVEN = 2;

// A block a token. Reads the logits of the target and of the teacher's ids, [tokens] and [tokens, k], where these are
// not null, and takes the ids out of the row. An id outside the vocabulary is NaN.
extern "C" __global__ void __launch_bounds__(THREADS) hide(float* logits, int vocab, int stride, int first,
        const int* __restrict__ targets, const int* __restrict__ ids, int k, float* targetLogits, float* picked) {
    int token = first + blockIdx.x;
    float* z = logits + (long long) blockIdx.x * stride;
    const float nan = __int_as_float(0x7fffffff);
    if (targetLogits != nullptr && threadIdx.x == 0) {
        int id = targets[token];
        targetLogits[token] = id >= 0 && id < vocab ? z[id] : nan;
    }
    for (int j = threadIdx.x; picked != nullptr && j < k; j += THREADS) {
        int id = ids[(long long) token * k + j];
        picked[(long long) token * k + j] = id >= 0 && id < vocab ? z[id] : nan;
    }
    __syncthreads();
    for (int j = threadIdx.x; j < k; j += THREADS) {
        int id = ids[(long long) token * k + j];
        if (id >= 0 && id < vocab) {
            z[id] = LOWEST;
        }
    }
}

// A warp's view of a token's classes: k logits, and the tail's.
struct Classes {
    const float* logits;
    int k;
    // Taken off all of them but the tail's.
    float shift;
    float tail;

    __device__ __forceinline__ float at(int j) const { return j < k ? logits[j] - shift : tail; }

    // The largest logit.
    __device__ __forceinline__ float max(int classes) const {
        float max = LOWEST;
        for (int j = threadIdx.x % 32; j < classes; j += 32) {
            max = fmaxf(max, at(j));
        }
        return warpMax(max);
    }

    __device__ __forceinline__ float sumOfExponentials(int classes, float max, float factor) const {
        float sum = 0;
        for (int j = threadIdx.x % 32; j < classes; j += 32) {
            sum += expf((at(j) - max) * factor);
        }
        return warpSum(sum);
    }
};

// A warp a token, 8 a block. `teacher` has k values a token, with a tail that is given k + 1. Writes the divergence,
// [tokens], and its gradient with respect to the student's classes, [tokens, classes]; with a tail also the
// cross-entropy, [tokens], and the classes' shares of the student's probability, [tokens, k + 1].
extern "C" __global__ void __launch_bounds__(THREADS) divergence(const float* __restrict__ picked,
        const float* __restrict__ teacherLogits, int tokens, int k, float beta, float temperature, int tail,
        const float* __restrict__ tailMax, const float* __restrict__ tailSum, const float* __restrict__ targetLogits,
        float* __restrict__ losses, float* __restrict__ gradient, float* __restrict__ crossEntropy,
        float* __restrict__ shares) {
    int token = blockIdx.x * WARPS + threadIdx.x / 32;
    if (token >= tokens) {
        return;
    }
    int lane = threadIdx.x % 32;
    int classes = tail == 0 ? k : k + 1;
    int values = tail == TAIL_GIVEN ? k + 1 : k;
    Classes student = {picked + (long long) token * k, k, 0, 0};
    Classes teacher = {teacherLogits + (long long) token * values, k, 0, 0};
    if (tail != 0) {
        student.shift = fmaxf(student.max(k), tailMax[token]);
        student.tail = tailMax[token] - student.shift + logf(tailSum[token]);
        teacher.tail = tail == TAIL_REST
            ? logf(fmaxf(1 - teacher.sumOfExponentials(k, 0, 1), expf(LOWEST_LOG))) : teacher.logits[k];
        float total = student.sumOfExponentials(classes, 0, 1);
        for (int j = lane; j < classes; j += 32) {
            shares[(long long) token * classes + j] = expf(student.at(j)) / total;
        }
        if (lane == 0) {
            crossEntropy[token] = logf(total) + (student.shift - targetLogits[token]);
        }
    }

    float factor = 1 / temperature;
    float studentMax = student.max(classes);
    float teacherMax = teacher.max(classes);
    float studentLog = logf(student.sumOfExponentials(classes, studentMax, factor));
    float teacherLog = logf(teacher.sumOfExponentials(classes, teacherMax, factor));
    float ofTeacher = 0;
    float ofStudent = 0;
    for (int j = lane; j < classes; j += 32) {
        float logQ = (student.at(j) - studentMax) * factor - studentLog;
        float logP = (teacher.at(j) - teacherMax) * factor - teacherLog;
        float p = expf(logP);
        float q = expf(logQ);
        float a = 0;
        if (beta == 0) {
            ofTeacher += p * (fmaxf(logP, LOWEST_LOG) - logQ);
        } else if (beta == 1) {
            a = logQ - fmaxf(logP, LOWEST_LOG);
        } else {
            float logM = logf(beta * p + (1 - beta) * q);
            a = q > 0 ? (1 - beta) * (logQ - logM) : 0;
            ofTeacher += p > 0 ? beta * p * (logP - logM) : 0;
        }
        ofStudent += q * a;
        gradient[(long long) token * classes + j] = beta == 0 ? temperature * (q - p) : a;
    }
    ofTeacher = warpSum(ofTeacher);
    ofStudent = warpSum(ofStudent);
    if (lane == 0) {
        losses[token] = temperature * temperature * (ofTeacher + ofStudent);
    }
    for (int j = lane; beta != 0 && j < classes; j += 32) {
        float q = expf((student.at(j) - studentMax) * factor - studentLog);
        float* a = gradient + (long long) token * classes + j;
        *a = temperature * q * (*a - ofStudent);
    }
}

// A thread a class. What the softmax over the tail's words is multiplied by, factors [tokens], and what the teacher's
// ids add to dz, pulls [tokens, k].
extern "C" __global__ void __launch_bounds__(THREADS) tail_pulls(const float* __restrict__ dCrossEntropy,
        const float* __restrict__ dSparseKl, const float* __restrict__ klGradient, const float* __restrict__ shares,
        int tokens, int k, float* __restrict__ factors, float* __restrict__ pulls) {
    long long i = (long long) blockIdx.x * THREADS + threadIdx.x;
    int classes = k + 1;
    if (i >= (long long) tokens * classes) {
        return;
    }
    long long token = i / classes;
    int j = i % classes;
    float pull = dCrossEntropy[token] * shares[i] + dSparseKl[token] * klGradient[i];
    if (j < k) {
        pulls[token * k + j] = pull;
    } else {
        factors[token] = pull;
    }
}
