// What the kernels of the chunkwise mLSTM share.
//
// Time falls into chunks of CHUNK steps. With b_t the sum of log sigma(f) from the chunk's first step, a_s = i_s - b_s
// and M_t = max(m, a_first, ..., a_t), m being the max before the chunk, the weight of key s for query t is
// exp(a_s - M_t), that of the memory before the chunk exp(m - M_t). Documents may begin anywhere: a step sees the steps
// of its own document alone, and the memory before the chunk only if its document began before the chunk.
//
// Arrays: query, key [batch * time, heads * KEY_DIM]; value [batch * time, heads / group * VALUE_DIM];
// hidden [batch * time, heads * VALUE_DIM]; gates [batch * time, stride]; documentStarts [batch, time], the index at
// which a step's document begins, or null; numbers a step [batch, heads, time]; memories between kernels
// [batch, heads, chunks, KEYS, VALUES], normalizers [batch, heads, chunks, KEYS].
#pragma once
#include "tile.cuh"

// The width of rows in tiles: it can be shared out among warps.
constexpr int paddedDim(int dim) {
    return dim <= 16 ? 16 : 2 * paddedDim((dim + 1) / 2);
}

constexpr int KEYS = paddedDim(KEY_DIM);
constexpr int VALUES = paddedDim(VALUE_DIM);

// What the gates say of every step, and after it of every chunk: planes of a number a step, one after another.
// Exponents are to base 2 and in two parts, for they can be large where their differences are small.
enum PlanPlane {
    // a_s.
    EXPONENT, EXPONENT_LOW,
    // M_t.
    MAX, MAX_LOW,
    // exp(m - M_t), what the memory before the chunk weighs for a step.
    CARRIED,
    // exp(a_s - M_last), what a step weighs in the memory after the chunk.
    ADDED,
    // exp(-max), the max being the true one, b_t + M_t.
    INVERSE_MAX,
    // 1 where the step's own input gate is the max.
    GATE_IS_MAX,
    PLAN_PLANES
};

// What the backward pass knows of every step, in planes likewise.
enum ReadPlane {
    // 1 / denominator.
    INVERSE,
    // The gradient of the product, as a multiple of 1 / denominator: a further column of dHidden, as it were.
    D_PRODUCT,
    // What a query and its gradients weigh in the gradient of the memory before the chunk.
    QUERY_WEIGHT,
    // The gradient of the max through the read.
    D_MAX,
    // What flows from the step's key to queries, and over the step from keys before it to queries from it on.
    INPUT_FLOW, FORGET_FLOW,
    READ_PLANES
};

constexpr int larger(int a, int b) { return a > b ? a : b; }

__device__ __forceinline__ float infinity() { return __int_as_float(0x7f800000); }

__device__ __forceinline__ float exp2Fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// A number as the sum of two of a shorter type.
template <typename T> __device__ __forceinline__ void storeInParts(T& high, T& low, float x) {
    high = fromFloat<T>(x);
    low = fromFloat<T>(x - toFloat(high));
}

// What a read divides by, and its derivative by the product n = q z.
#if CLAMPED
constexpr float EPS = 1e-6f;

__device__ __forceinline__ float denominator(float product, float inverseMax) {
    return fmaxf(fabsf(product), inverseMax) + EPS;
}

__device__ __forceinline__ float denominatorSlope(float product, float inverseMax) {
    return fabsf(product) > inverseMax ? copysignf(1, product) : 0;
}
#else
constexpr float EPS = 1e-30f;

__device__ __forceinline__ float denominator(float product, float) { return product + EPS; }

__device__ __forceinline__ float denominatorSlope(float, float) { return 1; }
#endif

// Whether a step's document began before the chunk: the initial state belongs to the row's first document.
__device__ __forceinline__ bool beganBefore(int documentStart, int chunkStart) {
    return chunkStart == 0 ? documentStart <= 0 : documentStart < chunkStart;
}

// The chunk and head that a block works on.
struct Place {
    int chunks, chunk, row, head, first, length;
    // The index of the head, of the chunk and of the first step over the whole batch.
    long long rowHead, rowHeadChunk, step;
    // The row of the first step among all tokens.
    long long token;

    __device__ __forceinline__ Place(int rowHead, int chunk, int heads, int time) {
        chunks = (time + CHUNK - 1) / CHUNK;
        this->chunk = chunk;
        this->rowHead = rowHead;
        row = rowHead / heads;
        head = rowHead % heads;
        first = chunk * CHUNK;
        length = min(CHUNK, time - first);
        rowHeadChunk = this->rowHead * chunks + chunk;
        step = this->rowHead * time + first;
        token = (long long) row * time + first;
    }
};

// Two neighbours of a row of DIM entries, as far as it has them.
template <int DIM, typename T> __device__ __forceinline__ void storeNeighbours(T* row, int column, float first,
                                                                               float second) {
    if (DIM % 2 == 0) {
        if (column < DIM) {
            storePair(row + column, first, second);
        }
    } else {
        if (column < DIM) {
            row[column] = fromFloat<T>(first);
        }
        if (column + 1 < DIM) {
            row[column + 1] = fromFloat<T>(second);
        }
    }
}

// Of a row, the quad's lanes each hold two neighbours in each of four tiles of 8 columns; after it, lane i holds the
// eight of tile i.
__device__ __forceinline__ void gatherRow(unsigned (&words)[4]) {
    bool odd = threadIdx.x & 1;
    #pragma unroll
    for (int j = 0; j < 4; j += 2) {
        unsigned got = __shfl_xor_sync(0xffffffffu, odd ? words[j] : words[j + 1], 1);
        (odd ? words[j] : words[j + 1]) = got;
    }
    bool upper = threadIdx.x & 2;
    #pragma unroll
    for (int j = 0; j < 2; j++) {
        unsigned got = __shfl_xor_sync(0xffffffffu, upper ? words[j] : words[j + 2], 2);
        (upper ? words[j] : words[j + 2]) = got;
    }
}

// The first `rows` rows of a tile to rows of DIM entries, from `column` on, as far as they have them.
template <int DIM, int HIGH, int WIDE, typename T>
__device__ __forceinline__ void storeTile(Accumulator<HIGH, WIDE>& tile, T* to, long long stride, int column,
                                          int rows) {
    if constexpr (sizeof(T) == 2 && WIDE % 4 == 0 && DIM % PER_VECTOR<T> == 0) {
        int lane = threadIdx.x % 32;
        #pragma unroll
        for (int i = 0; i < 2 * HIGH; i++) {
            int row = 8 * i + lane / 4;
            #pragma unroll
            for (int first = 0; first < WIDE; first += 4) {
                unsigned words[4];
                #pragma unroll
                for (int j = 0; j < 4; j++) {
                    const float* pair = tile.v[i / 2][first + j] + i % 2 * 2;
                    words[j] = pack<T>(pair[0], pair[1]);
                }
                gatherRow(words);
                int at = column + 8 * (first + lane % 4);
                if (row < rows && at < DIM) {
                    *reinterpret_cast<uint4*>(to + row * stride + at) = make_uint4(words[0], words[1], words[2],
                        words[3]);
                }
            }
        }
    } else {
        tile.forEachPair([&](int i, int j, float first, float second) {
            if (i < rows) {
                storeNeighbours<DIM>(to + i * stride, column + j, first, second);
            }
        });
    }
}

// What the plan says of a step; steps behind the last weigh nothing.
struct StepNumbers {
    float exponent, exponentLow, max, maxLow;
    // Counted from the chunk's first step.
    int documentStart;

    __device__ __forceinline__ void load(const float* plan, long long steps, const int* documentStarts,
                                         const Place& at, int t) {
        bool exists = t < at.length;
        const float* here = plan + at.step + t;
        exponent = exists ? here[EXPONENT * steps] : -infinity();
        exponentLow = exists ? here[EXPONENT_LOW * steps] : 0;
        max = exists ? here[MAX * steps] : infinity();
        maxLow = exists ? here[MAX_LOW * steps] : 0;
        documentStart = exists && documentStarts ? documentStarts[at.token + t] - at.first : -at.first;
    }
};

// What the steps of a chunk weigh for each other.
struct Steps {
    float exponent[CHUNK], exponentLow[CHUNK], max[CHUNK], maxLow[CHUNK];
    int documentStart[CHUNK];

    __device__ __forceinline__ void put(int t, const StepNumbers& step) {
        exponent[t] = step.exponent;
        exponentLow[t] = step.exponentLow;
        max[t] = step.max;
        maxLow[t] = step.maxLow;
        documentStart[t] = step.documentStart;
    }

    // What key s weighs for query t.
    __device__ __forceinline__ float weight(int t, int s) const {
        float power = (exponent[s] - max[t]) + (exponentLow[s] - maxLow[t]);
        return s <= t && s >= documentStart[t] ? exp2Fast(power) : 0;
    }
};
