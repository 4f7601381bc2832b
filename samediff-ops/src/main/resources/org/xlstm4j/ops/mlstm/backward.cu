// The gradients of the chunkwise mLSTM within its chunks. With r_t = 1 / denominator(n_t), the gradients of numerator
// and product are dN_t = r_t dh_t and dn_t = -r_t (dh_t h_t) denominator'(n_t) = r_t e_t. With the weights w, c, g of
// mlstm.cuh, P_ts = scale w_ts q_t k_s, S and z the memory before the chunk, dS and dz the gradient of that after it,
//
//     dP_ts = r_t (dh_t v_s + e_t)              D_ts = scale w_ts dP_ts
//     dk_s = g_s (dS v_s + dz) + sum_t D_ts q_t
//     dv_s = g_s dS^T k_s + sum_t r_t P_ts dh_t
//     dq_t = scale c_t r_t (S dh_t + e_t z) + sum_s D_ts k_s
//
// The gradient of i_s is the sum of what flows from key s, that of log sigma(f_t) the sum of what flows over step t,
// from keys before it to queries from it on: F = P o dP within the chunk, and the first terms of dk and dq by k and q
// for what goes behind the chunk and comes from before it. (q dq - k dk, summed up, would be the same, and loses too
// many digits where its parts cancel.)
constexpr int MOST_WARPS = CHUNK < 128 ? 8 : 16;
constexpr int ACROSS = 4;
#include "warps.cuh"

constexpr int KEY_STRIDE = PADDED<Element, KEYS>;
constexpr int VALUE_STRIDE = PADDED<Element, VALUES>;
// D and, beside it, r P.
constexpr int PAIR_STRIDE = PADDED<Element, 2 * CHUNK>;
constexpr int MEMORY_STRIDE = PADDED<Element, MEMORY_COLUMNS>;
// Memories come in blocks of MEMORY_COLUMNS columns.
constexpr int MEMORY_BLOCKS = VALUES / MEMORY_COLUMNS;

struct Tiles {
    Element queries[CHUNK * KEY_STRIDE];
    Element keys[CHUNK * KEY_STRIDE];
    Element dHidden[CHUNK * VALUE_STRIDE];
    // Values, then the pairs.
    Element values[CHUNK * larger(VALUE_STRIDE, PAIR_STRIDE)];
    // A block of dS, then of S.
    Element memory[KEYS * MEMORY_STRIDE];
};

struct Numbers {
    Steps steps;
    float added[CHUNK], inverse[CHUNK], dProduct[CHUNK], queryWeight[CHUNK];
    float normalizer[KEYS], dNormalizer[KEYS];
    // By rows or columns of warps: sums of F over t, its flows over a step within a warp's columns, and over s.
    float fromKeys[DOWN][CHUNK], overWithin[DOWN][CHUNK], toQueries[ACROSS][CHUNK];
    // What flows behind the chunk from s, and from before it to t.
    float out[ACROSS][CHUNK], in[ACROSS][CHUNK];
    float warps[WARPS];
};

constexpr int BLOCKS = blocksFor(sizeof(Tiles) + sizeof(Numbers));

// Where a block reads.
struct Inputs {
    const Element *query, *key, *value, *dHidden, *memory, *dMemory;
    long long keyStride, valueStride, hiddenStride;
};

__device__ __forceinline__ void loadNumbers(Numbers& numbers, const float* plan, const float* reads, long long steps,
                                            const int* documentStarts, const float* normalizers,
                                            const float* dNormalizers, const Place& at) {
    int t = threadIdx.x;
    if (t < CHUNK) {
        StepNumbers mine;
        mine.load(plan, steps, documentStarts, at, t);
        numbers.steps.put(t, mine);
        bool exists = t < at.length;
        long long step = at.step + t;
        numbers.added[t] = exists ? plan[ADDED * steps + step] : 0;
        numbers.inverse[t] = exists ? reads[INVERSE * steps + step] : 0;
        numbers.dProduct[t] = exists ? reads[D_PRODUCT * steps + step] : 0;
        numbers.queryWeight[t] = exists ? reads[QUERY_WEIGHT * steps + step] : 0;
    }
    for (int i = t; i < KEYS; i += THREADS) {
        numbers.normalizer[i] = normalizers[at.rowHeadChunk * KEYS + i];
        numbers.dNormalizer[i] = dNormalizers[at.rowHeadChunk * KEYS + i];
    }
}

__device__ __forceinline__ void copyMemory(Tiles& tiles, const Element* memory, int block) {
    copyRows<KEYS, MEMORY_COLUMNS, MEMORY_COLUMNS, THREADS>(tiles.memory, MEMORY_STRIDE,
        memory + block * MEMORY_COLUMNS, VALUES, KEYS);
    commitCopies();
}

__device__ __forceinline__ void copyAll(Tiles& tiles, const Inputs& in, int length) {
    copyRows<CHUNK, KEY_DIM, KEYS, THREADS>(tiles.queries, KEY_STRIDE, in.query, in.keyStride, length);
    copyRows<CHUNK, KEY_DIM, KEYS, THREADS>(tiles.keys, KEY_STRIDE, in.key, in.keyStride, length);
    copyRows<CHUNK, VALUE_DIM, VALUES, THREADS>(tiles.dHidden, VALUE_STRIDE, in.dHidden, in.hiddenStride, length);
    copyRows<CHUNK, VALUE_DIM, VALUES, THREADS>(tiles.values, VALUE_STRIDE, in.value, in.valueStride, length);
    commitCopies();
}

// The next block of a memory, when all have done with the one before.
__device__ __forceinline__ void changeMemory(Tiles& tiles, const Element* memory, int block) {
    __syncthreads();
    copyMemory(tiles, memory, block);
    waitForCopies<0>();
    __syncthreads();
}

// Sums over the rows of a warp, of a lane's columns.
__device__ __forceinline__ float columnSum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 4);
    x += __shfl_xor_sync(0xffffffffu, x, 8);
    return x + __shfl_xor_sync(0xffffffffu, x, 16);
}

// What the quad's lanes before this one hold, and in `all` what all hold.
__device__ __forceinline__ float quadBefore(float x, float& all) {
    int lane = threadIdx.x % 4;
    float next = __shfl_up_sync(0xffffffffu, x, 1, 4);
    x += lane >= 1 ? next : 0;
    next = __shfl_up_sync(0xffffffffu, x, 2, 4);
    x += lane >= 2 ? next : 0;
    all = __shfl_sync(0xffffffffu, x, 3, 4);
    next = __shfl_up_sync(0xffffffffu, x, 1, 4);
    return lane >= 1 ? next : 0;
}

// The sums of F that the gates' gradients are made of, gathered row by row.
template <int TILES> struct Flows {
    float fromKeys[TILES][2] = {}, over[TILES][2] = {};

    // A row's flows from the lane's columns; returns the sum over the warp's columns.
    __device__ __forceinline__ float add(int t, int column, const float (&row)[TILES][2]) {
        float before = 0;
        #pragma unroll
        for (int j = 0; j < TILES; j++) {
            float all;
            float left = before + quadBefore(row[j][0] + row[j][1], all);
            int s = column + 8 * j + 2 * (threadIdx.x % 4);
            fromKeys[j][0] += row[j][0];
            fromKeys[j][1] += row[j][1];
            over[j][0] += t >= s ? left : 0;
            over[j][1] += t > s ? left + row[j][0] : 0;
            before += all;
        }
        return before;
    }

    __device__ __forceinline__ void store(Numbers& numbers, int column) {
        #pragma unroll
        for (int j = 0; j < TILES; j++) {
            #pragma unroll
            for (int e = 0; e < 2; e++) {
                float from = columnSum(fromKeys[j][e]);
                float past = columnSum(over[j][e]);
                if (threadIdx.x % 32 < 4) {
                    int s = column + 8 * j + 2 * (threadIdx.x % 4) + e;
                    numbers.fromKeys[warpDown()][s] = from;
                    numbers.overWithin[warpDown()][s] = past;
                }
            }
        }
    }
};

// From q k to D, and from dh v to r P, and what F sums up to.
__device__ __forceinline__ void throughScores(Numbers& numbers, float keyScale, WarpTile<CHUNK>& d,
                                              WarpTile<CHUNK>& p) {
    constexpr int TILES = Columns<CHUNK>::EACH / 8;
    int lane = threadIdx.x % 32;
    int column = warpColumn<CHUNK>();
    Flows<TILES> flows;
    #pragma unroll
    for (int i = 0; i < ROWS; i++) {
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            int t = warpRow() + 16 * i + 8 * half + lane / 4;
            float inverse = numbers.inverse[t];
            float dProduct = numbers.dProduct[t];
            float row[TILES][2];
            #pragma unroll
            for (int j = 0; j < TILES; j++) {
                #pragma unroll
                for (int e = 0; e < 2; e++) {
                    float& score = d.v[i][j][2 * half + e];
                    float& dScore = p.v[i][j][2 * half + e];
                    float weight = keyScale * numbers.steps.weight(t, column + 8 * j + 2 * (lane % 4) + e);
                    float dP = inverse * (dScore + dProduct);
                    float value = weight * score;
                    row[j][e] = value * dP;
                    score = weight * dP;
                    dScore = inverse * value;
                }
            }
            float sum = flows.add(t, column, row);
            if (lane % 4 == 0) {
                numbers.toQueries[warpAcross()][t] = sum;
            }
        }
    }
    flows.store(numbers, column);
}

// D and r P, in registers.
__device__ __forceinline__ void scores(const Tiles& tiles, Numbers& numbers, float keyScale, WarpTile<CHUNK>& d,
                                       WarpTile<CHUNK>& p) {
    int column = warpColumn<CHUNK>();
    d.clear();
    p.clear();
    if (column < warpRow() + WARP_ROWS) {
        multiply<KEYS, NORMAL, TRANSPOSED>(d, tiles.queries + warpRow() * KEY_STRIDE, KEY_STRIDE,
            tiles.keys + column * KEY_STRIDE, KEY_STRIDE);
        multiply<VALUES, NORMAL, TRANSPOSED>(p, tiles.dHidden + warpRow() * VALUE_STRIDE, VALUE_STRIDE,
            tiles.values + column * VALUE_STRIDE, VALUE_STRIDE);
    }
    throughScores(numbers, keyScale, d, p);
}

__device__ __forceinline__ void storePairs(Tiles& tiles, WarpTile<CHUNK>& d, WarpTile<CHUNK>& p) {
    Element* to = tiles.values + warpRow() * PAIR_STRIDE + warpColumn<CHUNK>();
    d.forEachPair([&](int i, int j, float first, float second) {
        storePair(to + i * PAIR_STRIDE + j, first, second);
    });
    p.forEachPair([&](int i, int j, float first, float second) {
        storePair(to + i * PAIR_STRIDE + CHUNK + j, first, second);
    });
}

// tile = weight (tile + vector), and for each row its product with the row of `rows`, by columns of warps.
__device__ __forceinline__ void weighAndFlow(WarpTile<KEYS>& tile, const float* weights, const float* factors,
                                             const float* vector, const Element* rows, float* flows) {
    float sums[ROWS][2] = {};
    if (hasColumns<KEYS>()) {
        tile.forEach([&](int i, int j, float& x) {
            int t = warpRow() + i;
            int column = warpColumn<KEYS>() + j;
            x = weights[t] * (x + (factors ? factors[t] : 1) * vector[column]);
            sums[i / 16][i % 16 / 8] += x * toFloat(rows[t * KEY_STRIDE + column]);
        });
    }
    #pragma unroll
    for (int i = 0; i < 2 * ROWS; i++) {
        float sum = rowSum(sums[i / 2][i % 2]);
        if (threadIdx.x % 4 == 0) {
            flows[warpAcross() * CHUNK + warpRow() + 8 * i + threadIdx.x % 32 / 4] = sum;
        }
    }
}

template <int WIDTH, int DIM> __device__ __forceinline__ void storeRows(WarpTile<WIDTH>& tile, Element* to,
                                                                       long long stride, int column, int length) {
    if (hasColumns<WIDTH>()) {
        storeTile<DIM>(tile, to + warpRow() * stride, stride, column + warpColumn<WIDTH>(), length - warpRow());
    }
}

// tile += x [memory's block]^T, x being rows of values' width.
__device__ __forceinline__ void timesMemory(WarpTile<KEYS>& tile, const Element* x, const Tiles& tiles, int block) {
    if (hasColumns<KEYS>()) {
        multiply<MEMORY_COLUMNS, NORMAL, TRANSPOSED>(tile, x + warpRow() * VALUE_STRIDE + block * MEMORY_COLUMNS,
            VALUE_STRIDE, tiles.memory + warpColumn<KEYS>() * MEMORY_STRIDE, MEMORY_STRIDE);
    }
}

// tile_s += sum_(t >= s) pairs_ts x_t, for D or r P of the pairs.
template <int WIDTH>
__device__ __forceinline__ void backToKeys(WarpTile<WIDTH>& tile, const Element* pairs, const Element* x, int stride) {
    if (hasColumns<WIDTH>()) {
        for (int t = warpRow(); t < CHUNK; t += WARP_ROWS) {
            multiply<WARP_ROWS, TRANSPOSED, NORMAL>(tile, pairs + t * PAIR_STRIDE + warpRow(), PAIR_STRIDE,
                x + t * stride + warpColumn<WIDTH>(), stride);
        }
    }
}

// tile_t += sum_(s <= t) D_ts k_s.
__device__ __forceinline__ void backToQueries(WarpTile<KEYS>& tile, const Tiles& tiles) {
    if (hasColumns<KEYS>()) {
        for (int s = 0; s <= warpRow(); s += WARP_ROWS) {
            multiply<WARP_ROWS, NORMAL, NORMAL>(tile, tiles.values + warpRow() * PAIR_STRIDE + s, PAIR_STRIDE,
                tiles.keys + s * KEY_STRIDE + warpColumn<KEYS>(), KEY_STRIDE);
        }
    }
}

// A thread's part of S dS, dS being the block in shared memory.
__device__ __forceinline__ float alongMemory(const Tiles& tiles, const Element* memory, int block) {
    constexpr int PER_ROW = MEMORY_COLUMNS / PER_VECTOR<Element>;
    float sum = 0;
    #pragma unroll 4
    for (int i = threadIdx.x; i < KEYS * PER_ROW; i += THREADS) {
        int row = i / PER_ROW;
        int column = i % PER_ROW * PER_VECTOR<Element>;
        auto x = *reinterpret_cast<const Vector<Element>*>(memory + row * VALUES + block * MEMORY_COLUMNS + column);
        auto y = *reinterpret_cast<const Vector<Element>*>(tiles.memory + row * MEMORY_STRIDE + column);
        #pragma unroll
        for (int e = 0; e < PER_VECTOR<Element>; e++) {
            sum += x.get(e) * y.get(e);
        }
    }
    return sum;
}

// What flows from keys and over steps, from the sums in shared memory; flowOver goes from before the chunk behind it.
__device__ __forceinline__ void storeFlows(Numbers& numbers, float flowOver, float* reads, long long steps,
                                           const Place& at) {
    int t = threadIdx.x;
    float out = 0;
    if (t < CHUNK) {
        float in = 0;
        for (int i = 0; i < ACROSS; i++) {
            out += numbers.out[i][t];
            in += numbers.in[i][t];
        }
        numbers.out[0][t] = out;
        numbers.in[0][t] = in;
        for (int i = 1; i < Columns<CHUNK>::WARPS; i++) {
            numbers.toQueries[i][t] += numbers.toQueries[i - 1][t];
        }
    }
    __syncthreads();
    if (t < at.length) {
        float input = out;
        float forget = flowOver;
        for (int i = 0; i < DOWN; i++) {
            input += numbers.fromKeys[i][t];
            forget += numbers.overWithin[i][t];
        }
        for (int s = 0; s < t; s++) {
            forget += numbers.out[0][s];
        }
        int columns = t / Columns<CHUNK>::EACH;
        for (int later = t; later < CHUNK; later++) {
            forget += numbers.in[0][later] + (columns > 0 ? numbers.toQueries[columns - 1][later] : 0);
        }
        reads[INPUT_FLOW * steps + at.step + t] = input;
        reads[FORGET_FLOW * steps + at.step + t] = forget;
    }
}

// Blocks: batch * heads * chunks, of THREADS threads and Tiles of shared memory. memories are those before the chunks,
// dMemories the gradients of those after them. reads' flows are written; dValue is by heads of queries.
extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) backward(const Element* query, const Element* key,
        const Element* value, int group, const Element* dHidden, const int* documentStarts, const float* plan,
        float* reads, const Element* memories, const float* normalizers, const Element* dMemories,
        const float* dNormalizers, float keyScale, Element* dQuery, Element* dKey, Element* dValue, int heads, int time,
        int rowHeads) {
    extern __shared__ int4 shared[];
    __shared__ Numbers numbers;
    Tiles& tiles = *reinterpret_cast<Tiles*>(shared);
    int chunks = (time + CHUNK - 1) / CHUNK;
    Place at(blockIdx.x / chunks, blockIdx.x % chunks, heads, time);
    long long steps = (long long) rowHeads * time;
    long long keyStride = (long long) heads * KEY_DIM;
    long long hiddenStride = (long long) heads * VALUE_DIM;
    long long valueStride = hiddenStride / group;
    long long keyAt = at.token * keyStride + at.head * KEY_DIM;
    long long hiddenAt = at.token * hiddenStride + at.head * VALUE_DIM;
    Inputs in = {query + keyAt, key + keyAt, value + at.token * valueStride + at.head / group * VALUE_DIM,
        dHidden + hiddenAt, memories + at.rowHeadChunk * KEYS * VALUES, dMemories + at.rowHeadChunk * KEYS * VALUES,
        keyStride, valueStride, hiddenStride};

    copyAll(tiles, in, at.length);
    copyMemory(tiles, in.dMemory, 0);
    loadNumbers(numbers, plan, reads, steps, documentStarts, normalizers, dNormalizers, at);
    waitForCopies<1>();
    __syncthreads();
    WarpTile<CHUNK> d, p;
    if (hasColumns<CHUNK>()) {
        scores(tiles, numbers, keyScale, d, p);
    }

    // dk and dv.
    float flowOver = 0;
    for (int i = threadIdx.x; i < KEYS; i += THREADS) {
        flowOver += numbers.normalizer[i] * numbers.dNormalizer[i];
    }
    WarpTile<KEYS> keyGradient;
    keyGradient.clear();
    waitForCopies<0>();
    __syncthreads();
    for (int block = 0; block < MEMORY_BLOCKS; block++) {
        if (block > 0) {
            changeMemory(tiles, in.dMemory, block);
        }
        timesMemory(keyGradient, tiles.values, tiles, block);
        flowOver += alongMemory(tiles, in.memory, block);
    }
    weighAndFlow(keyGradient, numbers.added, nullptr, numbers.dNormalizer, tiles.keys, numbers.out[0]);
    __syncthreads();
    if (hasColumns<CHUNK>()) {
        storePairs(tiles, d, p);
    }
    __syncthreads();
    backToKeys<KEYS>(keyGradient, tiles.values, tiles.queries, KEY_STRIDE);
    storeRows<KEYS, KEY_DIM>(keyGradient, dKey + keyAt, keyStride, 0, at.length);
    for (int block = 0; block < MEMORY_BLOCKS; block++) {
        if (MEMORY_BLOCKS > 1) {
            changeMemory(tiles, in.dMemory, block);
        }
        WarpTile<MEMORY_COLUMNS> valueGradient;
        valueGradient.clear();
        if (hasColumns<MEMORY_COLUMNS>()) {
            multiply<KEYS, NORMAL, NORMAL>(valueGradient, tiles.keys + warpRow() * KEY_STRIDE, KEY_STRIDE,
                tiles.memory + warpColumn<MEMORY_COLUMNS>(), MEMORY_STRIDE);
            valueGradient.forEach([&](int i, int, float& x) { x *= numbers.added[warpRow() + i]; });
        }
        backToKeys<MEMORY_COLUMNS>(valueGradient, tiles.values + CHUNK, tiles.dHidden + block * MEMORY_COLUMNS,
            VALUE_STRIDE);
        storeRows<MEMORY_COLUMNS, VALUE_DIM>(valueGradient, dValue + hiddenAt, hiddenStride, block * MEMORY_COLUMNS,
            at.length);
    }

    // dq.
    __syncthreads();
    copyMemory(tiles, in.memory, 0);
    WarpTile<KEYS> within, queryGradient;
    within.clear();
    queryGradient.clear();
    backToQueries(within, tiles);
    waitForCopies<0>();
    __syncthreads();
    for (int block = 0; block < MEMORY_BLOCKS; block++) {
        if (block > 0) {
            changeMemory(tiles, in.memory, block);
        }
        timesMemory(queryGradient, tiles.dHidden, tiles, block);
    }
    weighAndFlow(queryGradient, numbers.queryWeight, numbers.dProduct, numbers.normalizer, tiles.queries,
        numbers.in[0]);
    #pragma unroll
    for (int i = 0; i < ROWS; i++) {
        #pragma unroll
        for (int j = 0; j < Columns<KEYS>::EACH / 8; j++) {
            #pragma unroll
            for (int e = 0; e < 4; e++) {
                queryGradient.v[i][j][e] += within.v[i][j][e];
            }
        }
    }
    storeRows<KEYS, KEY_DIM>(queryGradient, dQuery + keyAt, keyStride, 0, at.length);

    flowOver = blockSum<WARPS>(flowOver, numbers.warps) * plan[PLAN_PLANES * steps + at.rowHeadChunk];
    storeFlows(numbers, flowOver, reads, steps, at);
}
