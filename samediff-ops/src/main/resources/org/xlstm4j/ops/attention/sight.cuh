// What queries see: key s is seen by query t iff
//   s <= t  and  start(t) <= s  and  (t - s < window  or  s < start(t) + sinks)
// where start(t), which never falls, is the first token of t's document.
#pragma once

constexpr float LOG2_E = 1.44269504f;

__device__ __forceinline__ float minusInfinity() { return __int_as_float(0xff800000); }

__device__ __forceinline__ float exp2Fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

__device__ __forceinline__ int documentStart(const int* documentStarts, int query, int time) {
    return documentStarts == nullptr ? 0 : documentStarts[min(query, time - 1)];
}

struct Window {
    int size;
    int sinks;
};

// What a query sees of the keys from `from` on, counted from there: not beyond `end`.
struct Visible {
    int newest;
    int oldest;
    int sinksFrom;
    int sinksTo;

    __device__ __forceinline__ Visible(Window window, int query, int start, int from, int end) :
        newest(min(query, end - 1) - from), oldest(max(start, query - window.size + 1) - from),
        sinksFrom(start - from), sinksTo(start + window.sinks - from) {}

    __device__ __forceinline__ bool has(int key) const {
        // Without branches.
        return key <= newest & (key >= oldest | key >= sinksFrom & key < sinksTo);
    }
};

// Which of the queries from `from` on, counted from there, see a key.
struct Watchers {
    int key;
    int sinks;
    int oldest;
    int end;

    __device__ __forceinline__ Watchers(Window window, int key, int from) : key(key), sinks(window.sinks),
        oldest(key - from), end(key - from + window.size) {}

    __device__ __forceinline__ bool have(int query, int start) const {
        return query >= oldest & start <= key & (query < end | key < start + sinks);
    }
};

// Neighbouring queries, and where the documents of the first and the last begin.
struct Queries {
    int first;
    int last;
    int firstStart;
    int lastStart;

    __device__ __forceinline__ Queries(int first, int count, const int* documentStarts, int time) : first(first),
        last(min(first + count, time) - 1), firstStart(documentStart(documentStarts, first, time)),
        lastStart(documentStart(documentStarts, first + count - 1, time)) {}

    // Whether any of the queries may see any of the keys. A later document's sinks lie after the first query.
    __device__ __forceinline__ bool seeAny(Window window, int key, int keys) const {
        int end = key + keys;
        return key <= last && end > firstStart && (first - (end - 1) < window.size || key < firstStart + window.sinks);
    }

    // Whether all of the queries see all of the keys, by the window.
    __device__ __forceinline__ bool seeAll(Window window, int key, int keys) const {
        return key + keys - 1 <= first && key >= lastStart && last - key < window.size;
    }
};

// The keys that a block of queries sees, in tiles: of SIZE keys up to the last query and, where the window has left
// them behind, of SINK_KEYS sinks of the first query's document.
constexpr int SINK_KEYS = 16;

template <int SIZE> struct KeyTiles {
    int near;
    int count;
    int sinksFrom;
    int sinksTo;

    __device__ __forceinline__ KeyTiles(Queries queries, Window window) {
        near = max(queries.firstStart, queries.first - window.size + 1) / SIZE * SIZE;
        sinksFrom = queries.firstStart;
        sinksTo = queries.firstStart + window.sinks;
        if (sinksTo > near) {
            near = sinksFrom / SIZE * SIZE;
            sinksTo = sinksFrom;
        }
        count = (queries.last - near) / SIZE + 1;
    }

    __device__ __forceinline__ int firstKey(int tile) const { return near + tile * SIZE; }
};
