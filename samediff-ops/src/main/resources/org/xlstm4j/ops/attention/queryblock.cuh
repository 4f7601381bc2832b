// What forward and the queries' gradient share: a block has QUERIES queries of a head, 16 a warp, and walks through the
// tiles of KEYS keys and values that they see.
#pragma once
#include "products.cuh"
#include "sight.cuh"

constexpr int THREADS = QUERIES * 2;

using KeyTile = Tile<KEYS, KEY_DIM>;
using ValueTile = Tile<KEYS, VALUE_DIM>;
using KeySinks = Tile<SINK_KEYS, KEY_DIM>;
using ValueSinks = Tile<SINK_KEYS, VALUE_DIM>;

// A place for a tile that sinks may have before.
template <typename T> constexpr int SHARED_WITH_SINKS =
    T::BYTES > KeySinks::BYTES + ValueSinks::BYTES ? T::BYTES : KeySinks::BYTES + ValueSinks::BYTES;

struct QueryBlock {
    // The block's sequence and head, and its first query.
    int sequence;
    int head;
    int first;
    int time;
    // The sequence's first row, and its keys and values of the head.
    long long row;
    const Element* key;
    const Element* value;
    int keyStride;
    int valueStride;
    Window window;
    KeyTiles<KEYS> tiles;
    // The queries that act together with this warp's, the first of them counted from the block's, and their tiles.
    int groupRow;
    Queries group;
    int firstTile;
    int endTile;
    // A lane has two queries, this and the one 8 later, and their documents' starts.
    int laneQuery;
    int starts[2];

    // Late queries, which see most if there is no window, come first.
    __device__ __forceinline__ QueryBlock(const Element* keys, const Element* values, const int* documentStarts,
                                          int heads, int keyValueHeads, int time, Window window) :
        sequence(blockIdx.x / blocks(time) / heads), head(blockIdx.x / blocks(time) % heads),
        first((blocks(time) - 1 - blockIdx.x % blocks(time)) * QUERIES), time(time), row((long long) sequence * time),
        keyStride(keyValueHeads * KEY_DIM), valueStride(keyValueHeads * VALUE_DIM), window(window),
        tiles(Queries(first, QUERIES, ofRow(documentStarts), time), window), groupRow(warpRow() / GROUP * GROUP),
        group(first + groupRow, GROUP, ofRow(documentStarts), time), firstTile(0), endTile(tiles.count),
        laneQuery(first + warpRow() + threadIdx.x % 32 / 4),
        starts{documentStart(ofRow(documentStarts), laneQuery, time),
            documentStart(ofRow(documentStarts), laneQuery + 8, time)} {
        int shared = head / (heads / keyValueHeads);
        key = keys + row * keyStride + shared * KEY_DIM;
        value = values + row * valueStride + shared * VALUE_DIM;
        while (firstTile < tiles.count - 1 && !group.seeAny(window, tiles.firstKey(firstTile), KEYS)) {
            firstTile++;
        }
        while (endTile > firstTile + 1 && !group.seeAny(window, tiles.firstKey(endTile - 1), KEYS)) {
            endTile--;
        }
    }

    static __device__ __forceinline__ int blocks(int time) { return (time + QUERIES - 1) / QUERIES; }

    static __device__ __forceinline__ int warpRow() { return threadIdx.x / 32 * 16; }

    __device__ __forceinline__ const int* ofRow(const int* documentStarts) const {
        return documentStarts == nullptr ? nullptr : documentStarts + row;
    }

    // Where an array [B T, heads DIM] has the head's first query of the block, and [B, heads, T] its first query.
    template <typename T> __device__ __forceinline__ T* rowsOf(T* array, int heads, int dim) const {
        return array + (row + first) * heads * dim + (long long) head * dim;
    }

    template <typename T> __device__ __forceinline__ T* perQuery(T* array, int heads) const {
        return array + row * heads + (long long) head * time;
    }

    // Walks through the tiles. turn(tile), for all from -1 on, waits for what copies bring and begins the next. The
    // warp's work on a tile has two parts: first(tile) is due at the turn before the tile's, second(tile) at its turn,
    // and both(tile) does the second of a tile and the first of the next at once.
    template <typename Turn, typename First, typename Both, typename Second>
    __device__ __forceinline__ void walk(Turn turn, First first, Both both, Second second) const {
        int tile = -1;
        for (; tile < firstTile - 1; tile++) {
            turn(tile);
        }
        turn(tile++);
        first(firstTile);
        for (; tile < endTile - 1; tile++) {
            turn(tile);
            both(tile);
        }
        turn(tile);
        second(tile++);
        for (; tile < tiles.count; tile++) {
            turn(tile);
        }
    }

    __device__ __forceinline__ void copyKeys(int tile, KeyTile to) const {
        if (tile < tiles.count) {
            copyRows(to, key, keyStride, tiles.firstKey(tile));
        }
    }

    __device__ __forceinline__ void copyValues(int tile, ValueTile to) const {
        if (tile < tiles.count) {
            copyRows(to, value, valueStride, tiles.firstKey(tile));
        }
    }

    __device__ __forceinline__ void copySinks(int from, KeySinks keys, ValueSinks values) const {
        copyRows(keys, key, keyStride, from);
        copyRows(values, value, valueStride, from);
    }

    template <typename To>
    __device__ __forceinline__ void copyRows(To to, const Element* of, int stride, int from) const {
        copyTile<THREADS>(to, of + (long long) from * stride, stride, time - from);
    }

    // Makes what a query does not see of the scores of the keys `from` to `end` minus infinity.
    template <int COLUMNS>
    __device__ __forceinline__ void mask(Accumulator<1, COLUMNS>& scores, int from, int end) const {
        // Counted from the lane's first column, which leaves constants to compare with.
        int lane = threadIdx.x % 4 * 2;
        Visible visible[2] = {Visible(window, laneQuery, starts[0], from + lane, end),
            Visible(window, laneQuery + 8, starts[1], from + lane, end)};
        forEachEntry(scores, [&](int half, int column, float& x) {
            x = visible[half].has(column - lane) ? x : minusInfinity();
        });
    }

    __device__ __forceinline__ void maskTile(Accumulator<1, KEYS / 8>& scores, int tile) const {
        int from = tiles.firstKey(tile);
        if (!group.seeAll(window, from, KEYS)) {
            mask(scores, from, time);
        }
    }
};
