// One decoding step of the hybrid mixer. Per sequence and head, with the memory S, the normalizer z and the max m of the
// mLSTM, and pre-activations i and f of its gates:
//
//   phi_q = softmax(q W_q), phi_k = softmax(k W_k)      o = sigmoid(w_o [q, k, v] + b_o)
//   m'    = max(log sigmoid(f) + m, i)
//   S'    = kept S + added phi_k v^T                    kept = sigmoid(f) e^(m - m'), added = e^(i - m')
//   z'    = kept z + added phi_k
//   h     = w + o (y - w)                               y = phi_q S' / (phi_q z' + eps), w the window's output
//
// Weights, caches and memories are read once, memories and a cache's slot written once. Two kernels, for features and the
// window's parts are whole before they meet the memory. -DState is the type of memory, normalizer and max; the rest is
// step.cuh's.
#include "numbers.cuh"
#include "attention/step.cuh"

// Of the second kernel; the first has as many as a part of the window takes.
constexpr int THREADS = 256;
constexpr float EPS = 1e-30f;

// What blocks of the first kernel do, after those for the parts of the window.
enum Task { QUERY_FEATURES, KEY_FEATURES, GATES };

// What the second kernel needs of a head's gates.
struct Gates {
    float input;
    float forget;
    // o
    float share;
};

template <int N> __device__ __forceinline__ float runsDot(const Element* x, const Weight* weight, int width) {
    float sum = 0;
    #pragma unroll 2
    for (int i = threadIdx.x * N; i < width; i += STEP_THREADS * N) {
        float left[N];
        float right[N];
        load<N>(left, x + i);
        load<N>(right, weight + i);
        #pragma unroll
        for (int e = 0; e < N; e++) {
            sum = fmaf(left[e], right[e], sum);
        }
    }
    return sum;
}

// A thread's part of the dot product of two vectors that begin at multiples of their width.
__device__ __forceinline__ float threadDot(const Element* x, const Weight* weight, int width) {
    return width % 8 == 0 ? runsDot<8>(x, weight, width) : runsDot<1>(x, weight, width);
}

// Numbers of a row of W that a thread reads at a time, runs of them in a row, and rows that are read side by side.
constexpr int WEIGHT_RUN = runOf<Weight>(HEAD_DIM);
constexpr int RUNS = HEAD_DIM / WEIGHT_RUN;
constexpr int SPLITS = RUNS < STEP_THREADS ? STEP_THREADS / RUNS : 1;

// x W for W [HEAD_DIM, HEAD_DIM]: threads side by side take a row of W, the same threads every SPLITS-th.
__device__ __forceinline__ void multiplyByWeight(const Element* x, const Weight* weight, float* product) {
    __shared__ float values[HEAD_DIM];
    __shared__ __align__(16) float sums[SPLITS][HEAD_DIM];
    for (int i = threadIdx.x; i < HEAD_DIM; i += STEP_THREADS) {
        values[i] = toFloat(x[i]);
    }
    __syncthreads();
    for (int job = threadIdx.x; job < SPLITS * RUNS; job += STEP_THREADS) {
        int split = job / RUNS;
        int column = job % RUNS * WEIGHT_RUN;
        float sum[WEIGHT_RUN] = {};
        #pragma unroll 16
        for (int row = split; row < HEAD_DIM; row += SPLITS) {
            float entries[WEIGHT_RUN];
            load<WEIGHT_RUN>(entries, weight + (long long) row * HEAD_DIM + column);
            #pragma unroll
            for (int e = 0; e < WEIGHT_RUN; e++) {
                sum[e] = fmaf(values[row], entries[e], sum[e]);
            }
        }
        store<WEIGHT_RUN>(sums[split] + column, sum);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < HEAD_DIM; i += STEP_THREADS) {
        float sum = 0;
        for (int split = 0; split < SPLITS; split++) {
            sum += sums[split][i];
        }
        product[i] = sum;
    }
    __syncthreads();
}

__device__ __forceinline__ void features(const Element* x, const Weight* weight, float* phi) {
    __shared__ float logits[HEAD_DIM];
    multiplyByWeight(x, weight, logits);
    // Every warp on its own: that takes no more time than one.
    int lane = threadIdx.x % 32;
    float max = logits[0];
    for (int i = lane; i < HEAD_DIM; i += 32) {
        max = fmaxf(max, logits[i]);
    }
    max = warpMax(max);
    float sum = 0;
    for (int i = lane; i < HEAD_DIM; i += 32) {
        sum += __expf(logits[i] - max);
    }
    sum = warpSum(sum);
    for (int i = threadIdx.x; i < HEAD_DIM; i += STEP_THREADS) {
        phi[i] = __expf(logits[i] - max) / sum;
    }
}

CHAINED(attend_and_map);

// Block (part of the window or task, head, sequence) of (splits + 3, heads, batch). x [batch, width], query
// [batch, heads HEAD_DIM], key and value [batch, keyValueHeads HEAD_DIM], weights as in the mixer, the rest as step.cuh
// has it. Writes features [2, batch, heads, HEAD_DIM], of queries and keys, gates [batch, heads], and o for the outside,
// [batch, heads].
extern "C" __global__ void __launch_bounds__(STEP_THREADS) attend_and_map(const Element* x,
        const Element* query, const Element* key, const Element* value, const Weight* queryFeatures,
        const Weight* keyFeatures, const Weight* inputGateWeight, const Weight* inputGateBias,
        const Weight* forgetGateWeight, const Weight* forgetGateBias, const Weight* outputGateWeight,
        const Weight* outputGateBias, const Element* keys, const Element* values, const float* positions,
        Element* newKeys, Element* newValues, float* part, float* ofPart, float* phi, Gates* gates, Element* gate,
        int keyValueHeads, int width, int slots, int ringSinks, int ringWindow, float scale) {
    extern __shared__ __align__(16) unsigned char room[];
    int head = blockIdx.y;
    int heads = gridDim.y;
    int row = blockIdx.z;
    int parts = gridDim.x - 3;
    int task = (int) blockIdx.x - parts;
    long long matrix = (long long) head * HEAD_DIM * HEAD_DIM;
    StepPlace place{(int) blockIdx.x, head, row, (int) gridDim.z};
    Cache cache{slots, keyValueHeads, ringSinks, ringWindow};
    if ((task == QUERY_FEATURES || task == KEY_FEATURES) && threadIdx.x == 0) {
        prefetch((task == QUERY_FEATURES ? queryFeatures : keyFeatures) + matrix, HEAD_DIM * HEAD_DIM * sizeof(Weight));
    } else if (task < 0 && head < keyValueHeads) {
        prefetchPart(place, cache, keys, values);
    }
    waitForInputs();
    if (task < 0) {
        if (head < keyValueHeads) {
            attendToPart(place, cache, query, key, value, keys, values, positions, newKeys, newValues, part, ofPart,
                         heads, scale, room);
        }
        return;
    }
    int step = row * heads + head;
    long long shared = (long long) row * keyValueHeads + head / (heads / keyValueHeads);
    const Element* q = query + (long long) step * HEAD_DIM;
    const Element* k = key + shared * HEAD_DIM;
    if (task == QUERY_FEATURES) {
        features(q, queryFeatures + matrix, phi + (long long) step * HEAD_DIM);
    } else if (task == KEY_FEATURES) {
        features(k, keyFeatures + matrix, phi + (long long) (gridDim.z * heads + step) * HEAD_DIM);
    } else {
        const Element* own = x + (long long) row * width;
        const Weight* ofHead = outputGateWeight + (long long) head * 3 * HEAD_DIM;
        __shared__ float ofWarps[3][STEP_THREADS / 32];
        // All loads before the first barrier.
        float input = threadDot(own, inputGateWeight + (long long) head * width, width);
        float forget = threadDot(own, forgetGateWeight + (long long) head * width, width);
        float logit = threadDot(q, ofHead, HEAD_DIM) + threadDot(k, ofHead + HEAD_DIM, HEAD_DIM)
            + threadDot(value + shared * HEAD_DIM, ofHead + 2 * HEAD_DIM, HEAD_DIM);
        Gates all;
        all.input = blockSum<STEP_THREADS / 32>(input, ofWarps[0]) + toFloat(inputGateBias[head]);
        all.forget = blockSum<STEP_THREADS / 32>(forget, ofWarps[1]) + toFloat(forgetGateBias[head]);
        logit = blockSum<STEP_THREADS / 32>(logit, ofWarps[2]) + toFloat(outputGateBias[head]);
        all.share = 1 / (1 + __expf(-logit));
        if (threadIdx.x == 0) {
            gates[step] = all;
            gate[step] = fromFloat<Element>(all.share);
        }
    }
}

__device__ __forceinline__ float logSigmoid(float x) { return fminf(x, 0) - log1pf(expf(-fabsf(x))); }

// Columns of the memory that a block has: threads side by side take a row of them, TALL rows at a time.
constexpr int COLUMNS = 32;
constexpr int RUN = runOf<State>(HEAD_DIM);
constexpr int WIDE = COLUMNS / RUN;
constexpr int TALL = THREADS / WIDE;

// Writes the block's columns of S' from `first` on, and phi_q S' of them to product.
__device__ __forceinline__ void advance(const State* __restrict__ memory, State* __restrict__ updated, int first,
                                        float kept, const float* added, const float* query, const Element* value,
                                        float* product) {
    __shared__ __align__(16) float sums[TALL][COLUMNS];
    int own = threadIdx.x % WIDE * RUN;
    int column = first + own;
    float sum[RUN] = {};
    if (column < HEAD_DIM) {
        float v[RUN];
        #pragma unroll
        for (int e = 0; e < RUN; e++) {
            v[e] = toFloat(value[column + e]);
        }
        #pragma unroll 8
        for (int row = threadIdx.x / WIDE; row < HEAD_DIM; row += TALL) {
            float s[RUN];
            load<RUN>(s, memory + (long long) row * HEAD_DIM + column);
            #pragma unroll
            for (int e = 0; e < RUN; e++) {
                s[e] = fmaf(kept, s[e], added[row] * v[e]);
                sum[e] = fmaf(query[row], s[e], sum[e]);
            }
            store<RUN>(updated + (long long) row * HEAD_DIM + column, s);
        }
    }
    store<RUN>(sums[threadIdx.x / WIDE] + own, sum);
    __syncthreads();
    if (threadIdx.x < COLUMNS) {
        float total = 0;
        for (int row = 0; row < TALL; row++) {
            total += sums[row][threadIdx.x];
        }
        product[threadIdx.x] = total;
    }
    __syncthreads();
}

// 32 columns of the whole of a head's parts, a lane's own of each; warps share the parts. In the first warp alone.
__device__ __forceinline__ float wholeByWarps(const float* part, const float* ofPart, int position, int slots,
                                              long long head, long long heads, int column) {
    constexpr int WARPS = THREADS / 32;
    __shared__ float2 sums[WARPS][32];
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int splits = (min(position + 1, slots) + SLOTS - 1) / SLOTS;
    float largest = minusInfinity();
    for (int split = lane; split < splits; split += 32) {
        largest = fmaxf(largest, ofPart[2 * (split * heads + head)]);
    }
    largest = warpMax(largest);
    float2 sum{};
    for (int split = warp; split < splits; split += WARPS) {
        long long place = split * heads + head;
        float weight = exp2Fast(ofPart[2 * place] - largest);
        sum.x = fmaf(weight, column < VALUE_DIM ? part[place * VALUE_DIM + column] : 0, sum.x);
        sum.y = fmaf(weight, ofPart[2 * place + 1], sum.y);
    }
    sums[warp][lane] = sum;
    __syncthreads();
    if (warp == 0) {
        for (int other = 1; other < WARPS; other++) {
            sum.x += sums[other][lane].x;
            sum.y += sums[other][lane].y;
        }
    }
    return sum.x / sum.y;
}

CHAINED(remember_and_mix);

// Block (columns, head, sequence) of (HEAD_DIM / 32, rounded up, heads, batch). The first of a head's also has z and m.
// Writes hidden and the window's output, [batch, heads HEAD_DIM], and the memory after the step.
extern "C" __global__ void __launch_bounds__(THREADS) remember_and_mix(const float* phi,
        const Gates* gates, const Element* value, const float* part, const float* ofPart, const float* positions,
        const State* memory, const State* normalizer, const State* max, Element* hidden, Element* window,
        State* newMemory, State* newNormalizer, State* newMax, int keyValueHeads, int slots) {
    __shared__ float query[HEAD_DIM];
    __shared__ float added[HEAD_DIM];
    __shared__ float product[COLUMNS];
    __shared__ float ofWarps[THREADS / 32];
    int heads = gridDim.y;
    int step = blockIdx.z * heads + blockIdx.y;
    long long vector = (long long) step * HEAD_DIM;
    long long matrix = vector * HEAD_DIM;
    long long shared = (long long) blockIdx.z * keyValueHeads + blockIdx.y / (heads / keyValueHeads);
    const float* keys = phi + (long long) gridDim.z * heads * HEAD_DIM;
    int first = blockIdx.x * COLUMNS;
    int width = min(COLUMNS, HEAD_DIM - first);
    for (int i = threadIdx.x; i < HEAD_DIM; i += THREADS) {
        prefetch(memory + matrix + (long long) i * HEAD_DIM + first, width * sizeof(State));
    }
    waitForInputs();

    Gates own = gates[step];
    float carried = logSigmoid(own.forget) + toFloat(max[step]);
    float raised = fmaxf(carried, own.input);
    float kept = expf(carried - raised);
    float weight = expf(own.input - raised);
    float sum = 0;
    for (int i = threadIdx.x; i < HEAD_DIM; i += THREADS) {
        query[i] = phi[vector + i];
        added[i] = weight * keys[vector + i];
        float z = fmaf(kept, toFloat(normalizer[vector + i]), added[i]);
        sum = fmaf(query[i], z, sum);
        if (blockIdx.x == 0) {
            newNormalizer[vector + i] = fromFloat<State>(z);
        }
    }
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        newMax[step] = fromFloat<State>(raised);
    }
    float denominator = blockSum<THREADS / 32>(sum, ofWarps) + EPS;

    int column = first + threadIdx.x % 32;
    bool mixes = threadIdx.x < COLUMNS && column < HEAD_DIM;
    float w = wholeByWarps(part, ofPart, (int) positions[blockIdx.z], slots, step, (long long) gridDim.z * heads, column);
    if (mixes) {
        window[vector + column] = fromFloat<Element>(w);
    }
    advance(memory + matrix, newMemory + matrix, first, kept, added, query, value + shared * HEAD_DIM, product);
    if (mixes) {
        hidden[vector + column] = fromFloat<Element>(fmaf(own.share, product[threadIdx.x] / denominator - w, w));
    }
}
