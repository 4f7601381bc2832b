// Causal softmax attention, backward: the keys' and values' gradients. In terms of querygradient.cu, summed over the
// queries that see a key, of all heads that share it:
//   dv = P' do,   dk = dS' q scale
// query, key, value, documentStarts, logSumExp: forward's; dOutput [B T, H VALUE_DIM], delta [B, H, T]
// -> dKey [B T, G KEY_DIM], dValue [B T, G VALUE_DIM].
//
// A block has KEYS keys of a head, 16 a warp, and walks through the tiles of QUERIES queries that see them.
// attentionKeyValueGradient does both at once; where the dimensions are too large for the registers, -DSPLIT=1,
// attentionKeyGradient and attentionValueGradient do one each. Grid: ceil(T / KEYS) G B; block: 2 KEYS threads.
// Shared memory: KeyTile, ValueTile, 2 (QueryTile, OutputTile, PerQuery) bytes.
// -DKEY_DIM -DVALUE_DIM -DQUERIES -DKEYS -DSPLIT
#include "products.cuh"
#include "sight.cuh"

constexpr int THREADS = KEYS * 2;

using KeyTile = Tile<KEYS, KEY_DIM>;
using ValueTile = Tile<KEYS, VALUE_DIM>;
using QueryTile = Tile<QUERIES, KEY_DIM>;
using OutputTile = Tile<QUERIES, VALUE_DIM>;

// What a tile of queries has a query, in shared memory.
struct PerQuery {
    float logSumExp[QUERIES];
    float delta[QUERIES];
    int start[QUERIES];
};

struct Arguments {
    const Element* query;
    const Element* key;
    const Element* value;
    const int* documentStarts;
    const Element* dOutput;
    const float* logSumExp;
    const float* delta;
    Element* dKey;
    Element* dValue;
    int heads;
    int keyValueHeads;
    int time;
    Window window;
    float scale;
};

// The block's place, and the tiles of queries that see its keys: of one head after the other.
struct KeyBlock {
    int sequence;
    int shared;
    int first;
    int firstTile;
    int tilesPerHead;
    int tiles;
    long long row;

    __device__ __forceinline__ explicit KeyBlock(const Arguments& to) {
        int blocks = (to.time + KEYS - 1) / KEYS;
        // The first keys come first: all later queries see them, if they are sinks or there is no window.
        int columns = gridDim.x / blocks;
        int index = blockIdx.x;
        bool isFirst = index < columns;
        int column = isFirst ? index : (index - columns) / (blocks - 1);
        first = isFirst ? 0 : (1 + (index - columns) % (blocks - 1)) * KEYS;
        sequence = column / to.keyValueHeads;
        shared = column % to.keyValueHeads;
        row = (long long) sequence * to.time;
        firstTile = first / QUERIES;
        tilesPerHead = countTiles(to);
        tiles = tilesPerHead * (to.heads / to.keyValueHeads);
    }

    __device__ __forceinline__ const int* starts(const Arguments& to) const {
        return to.documentStarts == nullptr ? nullptr : to.documentStarts + row;
    }

    // Once a tile of queries sees none of the keys, no later one does.
    __device__ __forceinline__ int countTiles(const Arguments& to) const {
        int low = firstTile + 1;
        int high = (to.time + QUERIES - 1) / QUERIES;
        while (low < high) {
            int middle = (low + high) / 2;
            if (Queries(middle * QUERIES, QUERIES, starts(to), to.time).seeAny(to.window, first, KEYS)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - firstTile;
    }
};

// A tile of queries on the way through a block's: its number, its head among those that share the keys, and its place.
struct Place {
    int tile;
    int head;
    int ofHead;

    __device__ __forceinline__ int firstQuery(const KeyBlock& block) const {
        return (block.firstTile + ofHead) * QUERIES;
    }

    __device__ __forceinline__ void advance(const KeyBlock& block) {
        tile++;
        if (++ofHead == block.tilesPerHead) {
            ofHead = 0;
            head++;
        }
    }
};

template <bool OF_KEYS, bool OF_VALUES> struct KeyValueGradient {
    const Arguments& to;
    const KeyBlock block;
    unsigned char* shared;
    // The tile to copy, and the one to take.
    Place copied;
    Place taken;
    // The keys that act together with this warp's, counted from the block's, and the lane's first key.
    int groupRow;
    int laneKey;
    Accumulator<1, OF_KEYS ? KeyTile::WIDTH / 8 : 2> dKey;
    Accumulator<1, OF_VALUES ? ValueTile::WIDTH / 8 : 2> dValue;
    // A tile's, scores at first.
    Accumulator<1, QUERIES / 8> weights;

    __device__ __forceinline__ KeyValueGradient(const Arguments& to, unsigned char* shared) : to(to), block(to),
        shared(shared), copied{0, 0, 0}, taken{0, 0, 0}, groupRow(threadIdx.x / 32 * 16 / GROUP * GROUP),
        laneKey(block.first + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4) {
        dKey.clear();
        dValue.clear();
    }

    __device__ __forceinline__ KeyTile keyTile() const { return KeyTile(shared); }

    __device__ __forceinline__ ValueTile valueTile() const { return ValueTile(shared + KeyTile::BYTES); }

    __device__ __forceinline__ unsigned char* ofTile(int tile) const {
        return shared + KeyTile::BYTES + ValueTile::BYTES + tile % 2 * (QueryTile::BYTES + OutputTile::BYTES);
    }

    __device__ __forceinline__ QueryTile queryTile(int tile) const { return QueryTile(ofTile(tile)); }

    __device__ __forceinline__ OutputTile dOutputTile(int tile) const {
        return OutputTile(ofTile(tile) + QueryTile::BYTES);
    }

    __device__ __forceinline__ PerQuery& perQuery(int tile) const {
        return reinterpret_cast<PerQuery*>(shared + KeyTile::BYTES + ValueTile::BYTES
            + 2 * (QueryTile::BYTES + OutputTile::BYTES))[tile % 2];
    }

    __device__ __forceinline__ void copyKeys() const {
        int keyStride = to.keyValueHeads * KEY_DIM;
        int valueStride = to.keyValueHeads * VALUE_DIM;
        int rows = to.time - block.first;
        copyTile<THREADS>(keyTile(), to.key + (block.row + block.first) * keyStride + block.shared * KEY_DIM, keyStride,
            rows);
        copyTile<THREADS>(valueTile(), to.value + (block.row + block.first) * valueStride + block.shared * VALUE_DIM,
            valueStride, rows);
    }

    // Copies the next tile, if there is one, as one commit.
    __device__ __forceinline__ void copyQueries() {
        int tile = copied.tile;
        if (tile < block.tiles) {
            int from = copied.firstQuery(block);
            int head = block.shared * (to.heads / to.keyValueHeads) + copied.head;
            int rows = to.time - from;
            int queryStride = to.heads * KEY_DIM;
            int outputStride = to.heads * VALUE_DIM;
            copyTile<THREADS>(queryTile(tile), to.query + (block.row + from) * queryStride + head * KEY_DIM,
                queryStride, rows);
            copyTile<THREADS>(dOutputTile(tile), to.dOutput + (block.row + from) * outputStride + head * VALUE_DIM,
                outputStride, rows);
            copyPerQuery(perQuery(tile), from, head);
            copied.advance(block);
        }
        commitCopies();
    }

    __device__ __forceinline__ void copyPerQuery(PerQuery& per, int from, int head) const {
        long long offset = block.row * to.heads + (long long) head * to.time;
        for (int i = threadIdx.x; i < QUERIES; i += THREADS) {
            bool exists = from + i < to.time;
            int query = exists ? from + i : 0;
            copyWord(&per.logSumExp[i], to.logSumExp + offset + query, exists);
            copyWord(&per.delta[i], to.delta + offset + query, exists);
            if (to.documentStarts == nullptr) {
                per.start[i] = 0;
            } else {
                copyWord(&per.start[i], to.documentStarts + block.row + query, exists);
            }
        }
    }

    __device__ __forceinline__ Queries queries() const {
        return Queries(taken.firstQuery(block), QUERIES, block.starts(to), to.time);
    }

    // Whether the warp has to do with a tile. Warps that act together go through all, which keeps their products going.
    __device__ __forceinline__ bool sees() const {
        return WARPGROUPS || queries().seeAny(to.window, block.first + groupRow, GROUP);
    }

    // Tile after tile. The scores of the next tile are begun before the sums of the last are done: then, its place is
    // free for another.
    __device__ __forceinline__ void takeTiles() {
        awaitCopies();
        start();
        copyQueries();
        for (int tile = 0; tile < block.tiles - 1; tile++) {
            add();
            taken.advance(block);
            awaitCopies();
            start();
            waitForSums<1>();
            __syncthreads();
            copyQueries();
        }
        add();
        waitForSums<0>();
    }

    __device__ __forceinline__ void start() {
        if (sees()) {
            startScores(weights, keyTile(), groupRow, queryTile(taken.tile));
        }
    }

    // Makes weights of the scores that have begun, and their gradients, and begins to add them to the sums.
    __device__ __forceinline__ void add() {
        if (!sees()) {
            return;
        }
        int tile = taken.tile;
        const PerQuery& per = perQuery(tile);
        waitForProduct<0>(weights);
        Accumulator<1, QUERIES / 8> dScores;
        if constexpr (OF_KEYS) {
            startScores(dScores, valueTile(), groupRow, dOutputTile(tile));
        }
        exponentiate(per);
        mask(per, queries());
        if constexpr (OF_VALUES) {
            Held<QUERIES / 8> held;
            held.set(weights);
            startWeighted(dValue, held, dOutputTile(tile));
        }
        if constexpr (OF_KEYS) {
            waitForProduct<OF_VALUES ? 1 : 0>(dScores);
            forEachEntry(dScores, weights, [&](int, int column, float& x, float weight) {
                x = weight * (x - per.delta[column]);
            });
            Held<QUERIES / 8> held;
            held.set(dScores);
            startWeighted(dKey, held, queryTile(tile));
        }
    }

    __device__ __forceinline__ void exponentiate(const PerQuery& per) {
        float scale2 = to.scale * LOG2_E;
        forEachEntry(weights, [&](int, int column, float& x) {
            x = exp2Fast(fmaf(x, scale2, -per.logSumExp[column] * LOG2_E));
        });
    }

    __device__ __forceinline__ void mask(const PerQuery& per, Queries queries) {
        if (queries.seeAll(to.window, block.first + groupRow, GROUP)) {
            return;
        }
        // Counted from the lane's first column, which leaves constants to compare with.
        int lane = threadIdx.x % 4 * 2;
        Watchers watchers[2] = {Watchers(to.window, laneKey, queries.first + lane),
            Watchers(to.window, laneKey + 8, queries.first + lane)};
        forEachEntry(weights, [&](int half, int column, float& x) {
            x = watchers[half].have(column - lane, per.start[column]) ? x : 0;
        });
    }

    template <int PENDING> __device__ __forceinline__ void waitForSums() {
        if constexpr (OF_VALUES) {
            waitForProduct<PENDING>(dValue);
        }
        if constexpr (OF_KEYS) {
            waitForProduct<PENDING>(dKey);
        }
    }

    __device__ __forceinline__ void store() {
        int warpRow = threadIdx.x / 32 * 16;
        long long row = block.row + block.first + warpRow;
        int rows = to.time - block.first - warpRow;
        if constexpr (OF_KEYS) {
            long long stride = (long long) to.keyValueHeads * KEY_DIM;
            storeRows<KEY_DIM>(dKey, to.dKey + row * stride + block.shared * KEY_DIM, stride, rows,
                {to.scale, to.scale});
        }
        if constexpr (OF_VALUES) {
            long long stride = (long long) to.keyValueHeads * VALUE_DIM;
            storeRows<VALUE_DIM>(dValue, to.dValue + row * stride + block.shared * VALUE_DIM, stride, rows, {1, 1});
        }
    }
};

template <bool OF_KEYS, bool OF_VALUES> __device__ __forceinline__ void gradient(const Arguments& to) {
    extern __shared__ __align__(1024) unsigned char shared[];
    KeyValueGradient<OF_KEYS, OF_VALUES> gradient(to, shared);
    gradient.copyKeys();
    gradient.copyQueries();
    gradient.takeTiles();
    gradient.store();
}

#if SPLIT

extern "C" __global__ void __launch_bounds__(THREADS)
attentionKeyGradient(const Element* query, const Element* key, const Element* value, const int* documentStarts,
                     const Element* dOutput, const float* logSumExp, const float* delta, Element* dKey,
                     Element* dValue, int heads, int keyValueHeads, int time, int window, int sinks, float scale) {
    gradient<true, false>(Arguments{query, key, value, documentStarts, dOutput, logSumExp, delta, dKey, dValue, heads,
        keyValueHeads, time, Window{window, sinks}, scale});
}

extern "C" __global__ void __launch_bounds__(THREADS)
attentionValueGradient(const Element* query, const Element* key, const Element* value, const int* documentStarts,
                       const Element* dOutput, const float* logSumExp, const float* delta, Element* dKey,
                       Element* dValue, int heads, int keyValueHeads, int time, int window, int sinks, float scale) {
    gradient<false, true>(Arguments{query, key, value, documentStarts, dOutput, logSumExp, delta, dKey, dValue, heads,
        keyValueHeads, time, Window{window, sinks}, scale});
}

#else

extern "C" __global__ void __launch_bounds__(THREADS)
attentionKeyValueGradient(const Element* query, const Element* key, const Element* value, const int* documentStarts,
                          const Element* dOutput, const float* logSumExp, const float* delta, Element* dKey,
                          Element* dValue, int heads, int keyValueHeads, int time, int window, int sinks, float scale) {
    gradient<true, true>(Arguments{query, key, value, documentStarts, dOutput, logSumExp, delta, dKey, dValue, heads,
        keyValueHeads, time, Window{window, sinks}, scale});
}

#endif
