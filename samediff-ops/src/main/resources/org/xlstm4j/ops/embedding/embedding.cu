// Token embeddings: y[i] = table[ids[i]], and dTable[id] = Σ of dy[i] over the i with ids[i] = id.
// table, dTable: [vocabSize, WIDTH]; y, dy: [count, WIDTH]; ids: [count].
// The gradient first sorts the positions by their ids, in order among equals; then each row of dTable is one sum. Where
// an id has many, sums of SEGMENT neighbours in that order come before, lest one block have them all. Compile-time
// constants: WIDTH, SEGMENT, RANGE.
#include "numbers.cuh"
#include "chain.cuh"

constexpr int RUN = runOf<Element>(WIDTH);
constexpr int RUNS = WIDTH / RUN;

CHAINED(embedding_lookup);

// The row of an id that is not in the vocabulary is NaN.
// Block: any x threads along a row, times y rows; grid: count / y, rounded up.
extern "C" __global__ void embedding_lookup(const Weight* table, const int* ids, Element* y, int count,
                                            int vocabSize) {
    waitForInputs();
    long long i = (long long) blockIdx.x * blockDim.y + threadIdx.y;
    if (i >= count) {
        return;
    }
    int id = ids[i];
    bool known = id >= 0 && id < vocabSize;
    for (int run = threadIdx.x; run < RUNS; run += blockDim.x) {
        float values[RUN];
        if (known) {
            load<RUN>(values, table + (long long) id * WIDTH + run * RUN);
        } else {
            #pragma unroll
            for (int k = 0; k < RUN; k++) {
                values[k] = __int_as_float(0x7fc00000);
            }
        }
        store<RUN>(y + i * WIDTH + run * RUN, values);
    }
}

// A block sorts the positions of RANGE ids. It looks through all ids: the more of its own, the fewer blocks do.
constexpr int SORTERS = 1024;

// How many of the block's ids come before each of them, from the number of each; and those that other blocks have.
__device__ __forceinline__ void countBefore(int (&next)[RANGE], const int* ids, int count, int first, int vocabSize) {
    __shared__ int before;
    if (threadIdx.x == 0) {
        before = 0;
    }
    __syncthreads();
    int smaller = 0;
    for (int i = threadIdx.x; i < count; i += SORTERS) {
        int id = ids[i];
        smaller += id >= 0 && id < first;
        if (id >= first && id < min(first + RANGE, vocabSize)) {
            atomicAdd(&next[id - first], 1);
        }
    }
    atomicAdd(&before, smaller);
    __syncthreads();
    int sum = before;
    for (int i = 0; i < threadIdx.x && i < RANGE; i++) {
        sum += next[i];
    }
    __syncthreads();
    if (threadIdx.x < RANGE) {
        next[threadIdx.x] = sum;
    }
    __syncthreads();
}

// positions [count]: those of id 0 in order, those of id 1, …; starts [vocabSize + 1]: where those of each id begin.
// Ids that are not in the vocabulary have no place. Grid: vocabSize / RANGE, rounded down, + 1; block: 1024.
extern "C" __global__ void __launch_bounds__(SORTERS) embedding_sort(const int* ids, int* starts, int* positions,
                                                                     int count, int vocabSize) {
    // Where the next position of each id goes, and how many of the positions in hand each warp has of it.
    __shared__ int next[RANGE];
    __shared__ int counts[SORTERS / 32][RANGE];
    int first = blockIdx.x * RANGE;
    int warp = threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    for (int i = threadIdx.x; i < SORTERS / 32 * RANGE; i += SORTERS) {
        counts[i / RANGE][i % RANGE] = 0;
    }
    if (threadIdx.x < RANGE) {
        next[threadIdx.x] = 0;
    }
    countBefore(next, ids, count, first, vocabSize);
    if (threadIdx.x < RANGE && first + threadIdx.x <= vocabSize) {
        starts[first + threadIdx.x] = next[threadIdx.x];
    }
    for (int from = 0; from < count; from += SORTERS) {
        int i = from + threadIdx.x;
        int id = i < count ? ids[i] : -1;
        bool own = id >= first && id < min(first + RANGE, vocabSize);
        // The barrier also lets the counts before be read no more.
        if (!__syncthreads_or(own)) {
            continue;
        }
        int index = own ? id - first : -1;
        unsigned equals = __match_any_sync(0xffffffffu, index);
        int rank = __popc(equals & ((1u << lane) - 1));
        if (own && rank == 0) {
            counts[warp][index] = __popc(equals);
        }
        __syncthreads();
        if (own) {
            int to = next[index] + rank;
            for (int w = 0; w < warp; w++) {
                to += counts[w][index];
            }
            positions[to] = i;
        }
        __syncthreads();
        if (threadIdx.x < RANGE) {
            for (int w = 0; w < SORTERS / 32; w++) {
                next[threadIdx.x] += counts[w][threadIdx.x];
                counts[w][threadIdx.x] = 0;
            }
        }
    }
}

constexpr int THREADS = 256;
constexpr int ROW_THREADS = RUNS <= 32 ? 32 : RUNS <= 64 ? 64 : RUNS <= 128 ? 128 : 256;
// Groups of threads that share the terms of a sum.
constexpr int GROUPS = THREADS / ROW_THREADS;

// What the group's thread has of a sum: RUN columns at a time.
struct Sum {
    float v[RUN];

    // Adds the group's share of terms [begin, end), of which address(i) points to the columns.
    template <typename F> __device__ __forceinline__ void add(int begin, int end, F address) {
        #pragma unroll 4
        for (int i = begin + threadIdx.x / ROW_THREADS; i < end; i += GROUPS) {
            float term[RUN];
            load<RUN>(term, address(i));
            #pragma unroll
            for (int k = 0; k < RUN; k++) {
                v[k] += term[k];
            }
        }
    }

    // Adds what the other groups have, in the first one.
    __device__ __forceinline__ void addGroups() {
        __shared__ alignas(16) float sums[GROUPS][ROW_THREADS][RUN];
        int thread = threadIdx.x % ROW_THREADS;
        store<RUN>(sums[threadIdx.x / ROW_THREADS][thread], v);
        __syncthreads();
        for (int group = 1; group < GROUPS && threadIdx.x < ROW_THREADS; group++) {
            #pragma unroll
            for (int k = 0; k < RUN; k++) {
                v[k] += sums[group][thread][k];
            }
        }
    }
};

// to [WIDTH] = Σ over `terms` terms, which add(sum, column) adds.
template <typename T, typename F> __device__ __forceinline__ void sumRows(T* to, int terms, F add) {
    // There is more than one group only where one step has all columns.
    for (int first = 0; first < RUNS; first += ROW_THREADS) {
        int column = (first + threadIdx.x % ROW_THREADS) * RUN;
        Sum sum = {};
        if (column < WIDTH) {
            add(sum, column);
        }
        if (GROUPS > 1 && terms > 1) {
            sum.addGroups();
        }
        if (threadIdx.x < ROW_THREADS && column < WIDTH) {
            store<RUN>(to + column, sum.v);
        }
    }
}

// sums [count / SEGMENT, WIDTH]: those of the segments that belong to one id; the others stay as they are.
// Grid: count / SEGMENT, rounded down; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS, 4) embedding_segments(
        const int* ids, const int* starts, const int* positions, const Element* dy, float* sums, int vocabSize) {
    int begin = blockIdx.x * SEGMENT;
    int end = begin + SEGMENT;
    if (end > starts[vocabSize] || ids[positions[begin]] != ids[positions[end - 1]]) {
        return;
    }
    sumRows(sums + (long long) blockIdx.x * WIDTH, SEGMENT, [&](Sum& sum, int column) {
        sum.add(begin, end, [&](int i) { return dy + (long long) positions[i] * WIDTH + column; });
    });
}

// Grid: vocabSize; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS, 4) embedding_gradient(
        const int* starts, const int* positions, const Element* dy, const float* sums, Weight* dTable) {
    int id = blockIdx.x;
    int begin = starts[id];
    int end = starts[id + 1];
    // The segments that belong to this id alone, and what lies around them.
    int firstSegment = (begin + SEGMENT - 1) / SEGMENT;
    int lastSegment = max(end / SEGMENT, firstSegment);
    int head = min(end, firstSegment * SEGMENT);
    int tail = max(head, lastSegment * SEGMENT);
    sumRows(dTable + (long long) id * WIDTH, end - begin, [&](Sum& sum, int column) {
        auto term = [&](int i) { return dy + (long long) positions[i] * WIDTH + column; };
        sum.add(begin, head, term);
        sum.add(firstSegment, lastSegment, [&](int i) { return sums + (long long) i * WIDTH + column; });
        sum.add(tail, end, term);
    });
}
