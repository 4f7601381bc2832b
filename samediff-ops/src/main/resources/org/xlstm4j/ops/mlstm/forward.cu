// The chunkwise mLSTM, forward, chunk after chunk. With the weights of mlstm.cuh, w_ts = exp(a_s - M_t) of keys,
// c_t = exp(m - M_t) of the memory before the chunk and g_s = exp(a_s - M_last) in that after it,
// P_ts = scale w_ts q_t k_s for s <= t of the same document, n_t = sum_s P_ts + scale c_t q_t z,
//
//     h_t = (sum_s P_ts v_s + scale c_t q_t S) / denominator(n_t)
//     S' = kept S + sum_s g_s k_s v_s^T,    z' = kept z + sum_s g_s k_s.
//
// S stays in registers, in float, and is read from a rounded copy in shared memory. A block has VALUE_TILE columns of
// the values: several of a head's blocks compute the same P, which takes less time than to hand it on.
constexpr int MOST_WARPS = CHUNK * VALUE_TILE < 64 * 128 ? 8 : 16;
constexpr int ACROSS = CHUNK >= 64 && MOST_WARPS == 8 ? 2 : 4;
#include "warps.cuh"
#include "memory.cuh"

constexpr int KEY_STRIDE = PADDED<Element, KEYS>;
constexpr int VALUE_STRIDE = PADDED<Element, VALUE_TILE>;
constexpr int SCORE_STRIDE = PADDED<Element, CHUNK>;
constexpr int VALUE_TILES = VALUES / VALUE_TILE;
// Sums over a chunk's keys: a thread has a pair of columns, and one of so many parts of the steps.
constexpr int SUM_PARTS = 2 * THREADS / KEYS;
constexpr int SUM_STEPS = CHUNK / SUM_PARTS;

static_assert(SUM_STEPS > 0, "every part has a step");

struct Stage {
    // Queries, then P.
    Element queries[CHUNK * larger(KEY_STRIDE, SCORE_STRIDE)];
    // Keys, then weighted keys.
    Element keys[CHUNK * KEY_STRIDE];
    Element values[CHUNK * VALUE_STRIDE];
};

struct Tiles {
    Stage stages[2];
    Element memory[KEYS * VALUE_STRIDE];
};

struct Numbers {
    Steps steps;
    float carried[CHUNK], added[CHUNK], inverseMax[CHUNK], inverse[CHUNK];
    // What each column of warps adds to n_t.
    float products[ACROSS][CHUNK];
    float normalizer[KEYS], keySums[SUM_PARTS][KEYS];
    // The normalizer in two parts: all its first digits may cancel in n.
    alignas(16) Element normalizerParts[2][KEYS];
};

constexpr int BLOCKS = blocksFor(sizeof(Tiles) + sizeof(Numbers));

using ValueTile = WarpTile<VALUE_TILE>;

// What a thread holds of the next chunk while it is copied.
struct Ahead {
    StepNumbers step;
    float carried, added, inverseMax, kept;

    __device__ __forceinline__ void load(const float* plan, long long steps, const int* documentStarts,
                                         const Place& at) {
        int t = threadIdx.x;
        const float* here = plan + at.step + t;
        bool exists = t < at.length;
        step.load(plan, steps, documentStarts, at, t);
        carried = exists ? here[CARRIED * steps] : 0;
        added = exists ? here[ADDED * steps] : 0;
        inverseMax = exists ? here[INVERSE_MAX * steps] : 0;
        kept = plan[PLAN_PLANES * steps + at.rowHeadChunk];
    }

    __device__ __forceinline__ void put(Numbers& numbers) const {
        int t = threadIdx.x;
        if (t < CHUNK) {
            numbers.steps.put(t, step);
            numbers.carried[t] = carried;
            numbers.added[t] = added;
            numbers.inverseMax[t] = inverseMax;
        }
    }
};

// P, and what a column of warps adds to n: the sum over its columns of P, and its part of q z.
__device__ __forceinline__ void scores(const Stage& stage, Numbers& numbers, float keyScale, WarpTile<CHUNK>& p) {
    const Element* queries = stage.queries + warpRow() * KEY_STRIDE;
    int column = warpColumn<CHUNK>();
    Accumulator<ROWS, 2> carried;
    carried.clear();
    p.clear();
    if (hasColumns<CHUNK>() && column < warpRow() + WARP_ROWS) {
        multiply<KEYS, NORMAL, TRANSPOSED>(p, queries, KEY_STRIDE, stage.keys + column * KEY_STRIDE, KEY_STRIDE);
    }
    if (hasColumns<KEYS>()) {
        int first = warpColumn<KEYS>();
        for (int part = 0; part < 2; part++) {
            multiply<Columns<KEYS>::EACH, NORMAL, TRANSPOSED>(carried, queries + first, KEY_STRIDE,
                numbers.normalizerParts[part] + first, 0);
        }
    }
    float sums[ROWS][2] = {};
    p.forEach([&](int i, int j, float& x) {
        x *= hasColumns<CHUNK>() ? keyScale * numbers.steps.weight(warpRow() + i, column + j) : 0;
        sums[i / 16][i % 16 / 8] += x;
    });
    #pragma unroll
    for (int i = 0; i < 2 * ROWS; i++) {
        int t = warpRow() + 8 * i + threadIdx.x % 32 / 4;
        float sum = rowSum(sums[i / 2][i % 2]) + keyScale * numbers.carried[t] * carried.v[i / 2][0][i % 2 * 2];
        if (threadIdx.x % 4 == 0) {
            numbers.products[warpAcross()][t] = sum;
        }
    }
}

struct alignas(2 * sizeof(Element)) Pair { Element first, second; };

// sum_s g_s k_s over the thread's part of the steps.
__device__ __forceinline__ void sumKeys(const Stage& stage, Numbers& numbers) {
    int column = threadIdx.x % (KEYS / 2) * 2;
    int part = threadIdx.x / (KEYS / 2);
    float first = 0, second = 0;
    #pragma unroll 8
    for (int i = 0; i < SUM_STEPS; i++) {
        int s = part * SUM_STEPS + i;
        auto keys = *reinterpret_cast<const Pair*>(stage.keys + s * KEY_STRIDE + column);
        first += numbers.added[s] * toFloat(keys.first);
        second += numbers.added[s] * toFloat(keys.second);
    }
    numbers.keySums[part][column] = first;
    numbers.keySums[part][column + 1] = second;
}

__device__ __forceinline__ void putNormalizer(Numbers& numbers, int i, float x) {
    numbers.normalizer[i] = x;
    storeInParts(numbers.normalizerParts[0][i], numbers.normalizerParts[1][i], x);
}

__device__ __forceinline__ void advanceNormalizer(Numbers& numbers, float kept) {
    for (int i = threadIdx.x; i < KEYS; i += THREADS) {
        float sum = kept * numbers.normalizer[i];
        #pragma unroll
        for (int part = 0; part < SUM_PARTS; part++) {
            sum += numbers.keySums[part][i];
        }
        putNormalizer(numbers, i, sum);
    }
}

__device__ __forceinline__ void weighKeys(Stage& stage, const Numbers& numbers) {
    constexpr int PER_ROW = KEYS / PER_VECTOR<Element>;
    #pragma unroll
    for (int i = threadIdx.x; i < CHUNK * PER_ROW; i += THREADS) {
        int row = i / PER_ROW;
        auto& keys = *reinterpret_cast<Vector<Element>*>(stage.keys + row * KEY_STRIDE
            + i % PER_ROW * PER_VECTOR<Element>);
        auto weighted = keys;
        #pragma unroll
        for (int e = 0; e < PER_VECTOR<Element>; e++) {
            weighted.set(e, weighted.get(e) * numbers.added[row]);
        }
        keys = weighted;
    }
}

// n, kept for the backward pass where `products` is given, and the inverse denominators.
__device__ __forceinline__ void finishProducts(Numbers& numbers, float* products, int length) {
    int t = threadIdx.x;
    if (t < CHUNK) {
        float n = 0;
        #pragma unroll
        for (int i = 0; i < ACROSS; i++) {
            n += numbers.products[i][t];
        }
        numbers.inverse[t] = 1 / denominator(n, numbers.inverseMax[t]);
        if (products && t < length) {
            products[t] = n;
        }
    }
}

// Blocks: batch * heads * VALUE_TILES, of THREADS threads and Tiles of shared memory. products is n, [batch, heads,
// time]; initial and final state are float, memory [batch, heads, KEY_DIM, VALUE_DIM], normalizer
// [batch, heads, KEY_DIM]. These may be null.
extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) forward(const Element* query, const Element* key,
        const Element* value, int group, const int* documentStarts, const float* plan, const float* initialMemory,
        const float* initialNormalizer, float keyScale, Element* hidden, float* products, float* finalMemory,
        float* finalNormalizer, int heads, int time, int rowHeads) {
    extern __shared__ int4 shared[];
    __shared__ Numbers numbers;
    Tiles& tiles = *reinterpret_cast<Tiles*>(shared);
    int rowHead = blockIdx.x / VALUE_TILES;
    int column = blockIdx.x % VALUE_TILES * VALUE_TILE;
    bool first = column == 0;
    long long steps = (long long) rowHeads * time;
    long long keyStride = (long long) heads * KEY_DIM;
    long long hiddenStride = (long long) heads * VALUE_DIM;
    long long valueStride = hiddenStride / group;
    long long memoryAt = (long long) rowHead * KEY_DIM * VALUE_DIM;

    Ahead next;
    auto fetch = [&](int chunk) {
        Place at(rowHead, chunk, heads, time);
        Stage& stage = tiles.stages[chunk % 2];
        long long keyAt = at.token * keyStride + at.head * KEY_DIM;
        copyRows<CHUNK, KEY_DIM, KEYS, THREADS>(stage.queries, KEY_STRIDE, query + keyAt, keyStride, at.length);
        copyRows<CHUNK, KEY_DIM, KEYS, THREADS>(stage.keys, KEY_STRIDE, key + keyAt, keyStride, at.length);
        copyPart<THREADS, VALUE_DIM, VALUE_TILE>(stage.values,
            value + at.token * valueStride + at.head / group * VALUE_DIM, valueStride, column, at.length);
        commitCopies();
        next.load(plan, steps, documentStarts, at);
    };
    Memory<THREADS, KEYS, VALUE_TILE> memory(0, column);
    auto showMemory = [&] {
        if (memory.works) {
            memory.tile.forEachPair([&](int i, int j, float x, float y) {
                storePair(tiles.memory + (memory.row + i) * VALUE_STRIDE + memory.column + j, x, y);
            });
        }
    };

    fetch(0);
    memory.load(initialMemory ? initialMemory + memoryAt : nullptr);
    showMemory();
    for (int i = threadIdx.x; i < KEYS; i += THREADS) {
        bool given = initialNormalizer && i < KEY_DIM;
        putNormalizer(numbers, i, given ? initialNormalizer[(long long) rowHead * KEY_DIM + i] : 0);
    }
    int chunks = (time + CHUNK - 1) / CHUNK;
    for (int chunk = 0; chunk < chunks; chunk++) {
        Place at(rowHead, chunk, heads, time);
        Stage& stage = tiles.stages[chunk % 2];
        float kept = next.kept;
        next.put(numbers);
        waitForCopies<0>();
        __syncthreads();
        if (chunk + 1 < chunks) {
            fetch(chunk + 1);
        }

        WarpTile<CHUNK> p;
        ValueTile out;
        out.clear();
        if (hasColumns<VALUE_TILE>()) {
            multiply<KEYS, NORMAL, NORMAL>(out, stage.queries + warpRow() * KEY_STRIDE, KEY_STRIDE,
                tiles.memory + warpColumn<VALUE_TILE>(), VALUE_STRIDE);
            out.forEach([&](int i, int, float& x) { x *= keyScale * numbers.carried[warpRow() + i]; });
        }
        scores(stage, numbers, keyScale, p);
        sumKeys(stage, numbers);
        __syncthreads();

        if (hasColumns<CHUNK>()) {
            p.forEachPair([&](int i, int j, float x, float y) {
                storePair(stage.queries + (warpRow() + i) * SCORE_STRIDE + warpColumn<CHUNK>() + j, x, y);
            });
        }
        finishProducts(numbers, first && products ? products + at.step : nullptr, at.length);
        weighKeys(stage, numbers);
        advanceNormalizer(numbers, kept);
        __syncthreads();

        if (hasColumns<VALUE_TILE>()) {
            int warpAt = warpColumn<VALUE_TILE>();
            for (int s = 0; s <= warpRow(); s += WARP_ROWS) {
                multiply<WARP_ROWS, NORMAL, NORMAL>(out, stage.queries + warpRow() * SCORE_STRIDE + s, SCORE_STRIDE,
                    stage.values + s * VALUE_STRIDE + warpAt, VALUE_STRIDE);
            }
            out.forEach([&](int i, int, float& x) { x *= numbers.inverse[warpRow() + i]; });
            storeTile<VALUE_DIM>(out, hidden + (at.token + warpRow()) * hiddenStride + at.head * VALUE_DIM,
                hiddenStride, column + warpAt, at.length - warpRow());
        }
        memory.advance(kept, stage.keys, KEY_STRIDE, stage.values, VALUE_STRIDE);
        showMemory();
    }
    if (finalMemory) {
        memory.store(finalMemory + memoryAt);
        for (int i = threadIdx.x; first && i < KEY_DIM; i += THREADS) {
            finalNormalizer[(long long) rowHead * KEY_DIM + i] = numbers.normalizer[i];
        }
    }
}
