// The memories at the chunks' borders: S and z before every chunk, or, against time, the gradients of those after it.
//
// Forward, S_after = kept S + sum_s added_s k_s v_s^T and z_after = kept z + sum_s added_s k_s. Backward,
// dS_before = kept dS + sum_t weight_t q_t dh_t^T and dz_before = kept dz + sum_t weight_t dProduct_t q_t. Either is
// memory' = kept memory + left^T (weight [right, extension]), and this kernel computes it.
#include "memory.cuh"

// A block's part of the memory.
constexpr int LEFT = KEYS % 128 == 0 ? 128 : KEYS < 64 ? KEYS : 64;
constexpr int RIGHT = VALUES < 64 ? VALUES : 64;
constexpr int LEFT_TILES = KEYS / LEFT;
constexpr int RIGHT_TILES = VALUES / RIGHT;
constexpr int LEFT_STRIDE = PADDED<Element, LEFT>;
constexpr int RIGHT_STRIDE = PADDED<Element, RIGHT>;

constexpr int STATE_THREADS = 256;

// The entries of the right factor that a thread copies: it weighs them when they have arrived, before any other reads.
constexpr bool RIGHT_IS_VECTORS = VALUE_DIM % PER_VECTOR<Element> == 0;
constexpr int PER_COPY = RIGHT_IS_VECTORS ? PER_VECTOR<Element> : 1;
constexpr int PER_ROW = RIGHT / PER_COPY;
constexpr int COPIES = (CHUNK * PER_ROW + STATE_THREADS - 1) / STATE_THREADS;

struct Stage {
    Element left[CHUNK * LEFT_STRIDE];
    Element right[CHUNK * RIGHT_STRIDE];
    // In two parts, for the normalizer is to be exact.
    Element extension[2][CHUNK];
};

// What a thread weighs with: the rows that it copies, and the step whose extension it has charge of.
struct Weights {
    float rows[COPIES], extension, kept;

    __device__ __forceinline__ void load(const float* weights, const float* extensions, float kept, int length) {
        #pragma unroll
        for (int i = 0; i < COPIES; i++) {
            int row = (threadIdx.x + i * STATE_THREADS) / PER_ROW;
            rows[i] = row < length ? weights[row] : 0;
        }
        int row = threadIdx.x;
        extension = row < length ? weights[row] * (extensions ? extensions[row] : 1) : 0;
        this->kept = kept;
    }

    __device__ __forceinline__ void apply(Stage& stage) const {
        #pragma unroll
        for (int i = 0; i < COPIES; i++) {
            int copy = threadIdx.x + i * STATE_THREADS;
            int row = copy / PER_ROW;
            if (row < CHUNK) {
                Element* entries = stage.right + row * RIGHT_STRIDE + copy % PER_ROW * PER_COPY;
                if constexpr (RIGHT_IS_VECTORS) {
                    auto vector = *reinterpret_cast<Vector<Element>*>(entries);
                    #pragma unroll
                    for (int e = 0; e < PER_COPY; e++) {
                        vector.set(e, vector.get(e) * rows[i]);
                    }
                    *reinterpret_cast<Vector<Element>*>(entries) = vector;
                } else {
                    *entries = fromFloat<Element>(toFloat(*entries) * rows[i]);
                }
            }
        }
        if (threadIdx.x < CHUNK) {
            storeInParts(stage.extension[0][threadIdx.x], stage.extension[1][threadIdx.x], extension);
        }
    }
};

using MemoryPart = Memory<STATE_THREADS, LEFT, RIGHT>;

// The normalizer, in every column, where a warp has the memory's first columns.
struct Normalizer {
    Accumulator<MemoryPart::ROWS, 2> tile;
    int first;
    bool works;

    __device__ __forceinline__ Normalizer(const MemoryPart& memory) {
        first = memory.left + memory.row;
        works = memory.works && memory.right == 0 && memory.column == 0;
    }

    // From [KEY_DIM]; zeros where there is none.
    __device__ __forceinline__ void load(const float* normalizer) {
        tile.forEach([&](int i, int, float& x) {
            x = normalizer && first + i < KEY_DIM ? normalizer[first + i] : 0;
        });
    }

    // To [dim].
    __device__ __forceinline__ void store(float* normalizer, int dim) {
        tile.forEach([&](int i, int j, float x) {
            if (works && j == 0 && first + i < dim) {
                normalizer[first + i] = x;
            }
        });
    }

    __device__ __forceinline__ void advance(float kept, const Element* left, const Element (&extension)[2][CHUNK]) {
        if (works) {
            tile.forEach([&](int, int, float& x) { x *= kept; });
            for (int i = 0; i < 2; i++) {
                multiply<CHUNK, TRANSPOSED, TRANSPOSED>(tile, left, LEFT_STRIDE, extension[i], 0);
            }
        }
    }
};

// Blocks: batch * heads * LEFT_TILES * RIGHT_TILES, of STATE_THREADS threads and two stages of shared memory.
// left [batch * time, heads * KEY_DIM], right [batch * time, heads / group * VALUE_DIM], weights and extension
// [batch, heads, time] (no extension: ones), kept [batch, heads, chunks]; initial and last memory are float,
// [batch, heads, KEY_DIM, VALUE_DIM] and [batch, heads, KEY_DIM], and may be null.
extern "C" __global__ void __launch_bounds__(STATE_THREADS, 2) states(const Element* left, const Element* right,
        int group, const float* weights, const float* extension, const float* kept, const float* initialMemory,
        const float* initialNormalizer, Element* memories, float* normalizers, float* finalMemory,
        float* finalNormalizer, int backwards, int heads, int time) {
    extern __shared__ int4 shared[];
    Stage* stages = reinterpret_cast<Stage*>(shared);
    constexpr int TILES = LEFT_TILES * RIGHT_TILES;
    int part = blockIdx.x % TILES;
    MemoryPart memory(part / RIGHT_TILES * LEFT, part % RIGHT_TILES * RIGHT);
    Normalizer normalizer(memory);
    int head = blockIdx.x / TILES;
    long long rowHead = head;
    Place start(head, 0, heads, time);
    long long leftStride = (long long) heads * KEY_DIM;
    long long rightStride = (long long) heads / group * VALUE_DIM;
    auto place = [&](int i) { return Place(head, backwards ? start.chunks - 1 - i : i, heads, time); };

    Weights next;
    auto fetch = [&](int i) {
        Place at = place(i);
        Stage& stage = stages[i % 2];
        copyPart<STATE_THREADS, KEY_DIM, LEFT>(stage.left, left + at.token * leftStride + at.head * KEY_DIM, leftStride,
            memory.left, at.length);
        copyPart<STATE_THREADS, VALUE_DIM, RIGHT>(stage.right,
            right + at.token * rightStride + at.head / group * VALUE_DIM, rightStride, memory.right, at.length);
        next.load(weights + at.step, extension ? extension + at.step : nullptr, kept[at.rowHeadChunk], at.length);
    };

    memory.load(initialMemory ? initialMemory + rowHead * KEY_DIM * VALUE_DIM : nullptr);
    normalizer.load(initialNormalizer ? initialNormalizer + rowHead * KEY_DIM : nullptr);
    fetch(0);
    commitCopies();
    for (int i = 0; i < start.chunks; i++) {
        Place at = place(i);
        Weights current = next;
        if (i + 1 < start.chunks) {
            fetch(i + 1);
        }
        commitCopies();
        waitForCopies<1>();
        current.apply(stages[i % 2]);
        __syncthreads();
        Stage& stage = stages[i % 2];
        if (memory.works) {
            storeTile<VALUES>(memory.tile, memories + (at.rowHeadChunk * KEYS + memory.left + memory.row) * VALUES,
                VALUES, memory.right + memory.column, KEYS);
        }
        normalizer.store(normalizers + at.rowHeadChunk * KEYS, KEYS);
        memory.advance(current.kept, stage.left, LEFT_STRIDE, stage.right, RIGHT_STRIDE);
        normalizer.advance(current.kept, stage.left + memory.row, stage.extension);
        __syncthreads();
    }
    if (finalMemory) {
        memory.store(finalMemory + rowHead * KEY_DIM * VALUE_DIM);
        normalizer.store(finalNormalizer + rowHead * KEY_DIM, KEY_DIM);
    }
}
