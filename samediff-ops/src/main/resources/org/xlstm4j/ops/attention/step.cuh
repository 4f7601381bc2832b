// What a decoding step of attention over a cache of keys and values is made of: parts, of which each has SLOTS slots of
// a key-value head, and the whole of them.
//   slot(p) = p < ringSinks ? p : ringSinks + (p - ringSinks) mod ringWindow
//   keys[slot(p)] = key,   values[slot(p)] = value,   o = softmax(q keys' scale) values   over the slots up to p
// query [B, H KEY_DIM], key [B, G KEY_DIM], value [B, G VALUE_DIM], keys [B, slots, G KEY_DIM],
// values [B, slots, G VALUE_DIM], positions [B] -> newKeys and newValues like keys and values, which they may be: then
// one slot is written, and nothing copied. A part leaves, for every query head that reads its key-value head, in
// part [splits, B, H, VALUE_DIM] the weighted sum of its values, and in ofPart [splits, B, H, 2] its largest score times
// log2 e, in terms of which the weights are, and their sum.
// -DKEY_DIM -DVALUE_DIM -DSLOTS, a multiple of 32
#pragma once
#include "tile.cuh"
#include "sight.cuh"
#include "chain.cuh"

constexpr int STEP_THREADS = 2 * SLOTS;

template <int DIM> constexpr int WIDTH = (DIM + 15) / 16 * 16;

template <bool, typename A, typename B> struct Choose { using Type = A; };
template <typename A, typename B> struct Choose<false, A, B> { using Type = B; };

struct Cache {
    int slots;
    int keyValueHeads;
    int ringSinks;
    int ringWindow;

    __device__ __forceinline__ int slotOf(int position) const {
        return position < ringSinks || ringWindow == 0 ? position : ringSinks + (position - ringSinks) % ringWindow;
    }

    // The slots that show something at a position.
    __device__ __forceinline__ int shown(int position) const { return min(position + 1, slots); }
};

// What a block of a step is for.
struct StepPlace {
    int split;
    int keyValueHead;
    int row;
    int rows;
};

// Loads the block's slots of a cache, the new token's in its place, and writes them to the new cache. In shared memory,
// rows are filled up with zeros.
template <int DIM>
__device__ __forceinline__ void update(Cache cache, StepPlace at, int position, const Element* entries,
                                       const Element* old, Element* updated, Element* tile) {
    using Piece = typename Choose<DIM % PER_VECTOR<Element> == 0, Vector<Element>, Element>::Type;
    constexpr int PIECE = sizeof(Piece) / sizeof(Element);
    constexpr int PER_ROW = WIDTH<DIM> / PIECE;
    int from = at.split * SLOTS;
    int written = cache.slotOf(position);
    int end = updated == old ? cache.shown(position) : cache.slots;
    long long width = (long long) cache.keyValueHeads * DIM;
    long long first = (long long) at.row * cache.slots * width + at.keyValueHead * DIM;
    #pragma unroll 16
    for (int i = threadIdx.x; i < SLOTS * PER_ROW; i += STEP_THREADS) {
        int slot = from + i / PER_ROW;
        int column = i % PER_ROW * PIECE;
        Piece piece{};
        if (slot < end && column < DIM) {
            const Element* entry = slot == written ? entries + at.row * width + at.keyValueHead * DIM
                : old + first + slot * width;
            piece = *reinterpret_cast<const Piece*>(entry + column);
            if (updated != old || slot == written) {
                *reinterpret_cast<Piece*>(updated + first + slot * width + column) = piece;
            }
        }
        *reinterpret_cast<Piece*>(tile + i / PER_ROW * PADDED<Element, WIDTH<DIM>> + column) = piece;
    }
}

// Brings a part's slots nearer, half of the threads those of keys, half those of values.
__device__ __forceinline__ void prefetchPart(StepPlace at, Cache cache, const Element* keys, const Element* values) {
    int slot = at.split * SLOTS + threadIdx.x % SLOTS;
    if (slot < cache.slots) {
        long long entry = ((long long) at.row * cache.slots + slot) * cache.keyValueHeads + at.keyValueHead;
        if (threadIdx.x < SLOTS) {
            prefetch(keys + entry * KEY_DIM, KEY_DIM * sizeof(Element));
        } else {
            prefetch(values + entry * VALUE_DIM, VALUE_DIM * sizeof(Element));
        }
    }
}

// The product of a query and the key in a slot, each half of the threads doing half of it.
__device__ __forceinline__ float halfScore(const Element* keys, const float* query) {
    constexpr int VECTOR = PER_VECTOR<Element>;
    constexpr int HALF = WIDTH<KEY_DIM> / VECTOR / 2;
    int slot = threadIdx.x % SLOTS;
    int from = threadIdx.x / SLOTS * HALF;
    float sum = 0;
    #pragma unroll 4
    for (int i = from; i < from + HALF; i++) {
        const auto& vector = *reinterpret_cast<const Vector<Element>*>(
            keys + slot * PADDED<Element, WIDTH<KEY_DIM>> + i * VECTOR);
        #pragma unroll
        for (int j = 0; j < VECTOR; j++) {
            sum = fmaf(vector.get(j), query[i * VECTOR + j], sum);
        }
    }
    return sum;
}

// Makes weights of the scores' halves, in place of the first; the largest score and the weights' sum, to every thread.
__device__ __forceinline__ float2 weigh(float (*halves)[SLOTS], int shown, float scale2) {
    int lane = threadIdx.x % 32;
    float scores[SLOTS / 32];
    float largest = minusInfinity();
    #pragma unroll
    for (int i = 0; i < SLOTS / 32; i++) {
        int slot = lane + 32 * i;
        scores[i] = slot < shown ? (halves[0][slot] + halves[1][slot]) * scale2 : minusInfinity();
        largest = fmaxf(largest, scores[i]);
    }
    largest = warpMax(largest);
    __syncthreads();
    float sum = 0;
    #pragma unroll
    for (int i = 0; i < SLOTS / 32; i++) {
        float weight = exp2Fast(scores[i] - largest);
        sum += weight;
        if (threadIdx.x < 32) {
            halves[0][lane + 32 * i] = weight;
        }
    }
    __syncthreads();
    return make_float2(largest, warpSum(sum));
}

// One part, by a block of 2 SLOTS threads with room for SLOTS padded keys and values.
__device__ __forceinline__ void attendToPart(StepPlace at, Cache cache, const Element* query, const Element* key,
        const Element* value, const Element* keys, const Element* values, const float* positions, Element* newKeys,
        Element* newValues, float* part, float* ofPart, int heads, float scale, unsigned char* shared) {
    __shared__ float halves[2][SLOTS];
    __shared__ float ownQuery[WIDTH<KEY_DIM>];
    constexpr int VALUE_STRIDE = PADDED<Element, WIDTH<VALUE_DIM>>;
    Element* keyTile = reinterpret_cast<Element*>(shared);
    Element* valueTile = keyTile + SLOTS * PADDED<Element, WIDTH<KEY_DIM>>;
    int position = (int) positions[at.row];
    update<KEY_DIM>(cache, at, position, key, keys, newKeys, keyTile);
    update<VALUE_DIM>(cache, at, position, value, values, newValues, valueTile);
    int shown = min(cache.shown(position) - at.split * SLOTS, SLOTS);
    if (shown <= 0) {
        return;
    }
    int group = heads / cache.keyValueHeads;
    for (int i = 0; i < group; i++) {
        long long head = (long long) at.row * heads + at.keyValueHead * group + i;
        long long place = (long long) at.split * at.rows * heads + head;
        for (int c = threadIdx.x; c < WIDTH<KEY_DIM>; c += STEP_THREADS) {
            ownQuery[c] = c < KEY_DIM ? toFloat(query[head * KEY_DIM + c]) : 0;
        }
        __syncthreads();
        halves[threadIdx.x / SLOTS][threadIdx.x % SLOTS] = halfScore(keyTile, ownQuery);
        __syncthreads();
        float2 largestAndSum = weigh(halves, shown, scale * LOG2_E);
        if (threadIdx.x == 0) {
            *reinterpret_cast<float2*>(ofPart + 2 * place) = largestAndSum;
        }
        for (int c = threadIdx.x; c < VALUE_DIM; c += STEP_THREADS) {
            float sum = 0;
            #pragma unroll 8
            for (int slot = 0; slot < shown; slot++) {
                sum = fmaf(halves[0][slot], toFloat(valueTile[slot * VALUE_STRIDE + c]), sum);
            }
            part[place * VALUE_DIM + c] = sum;
        }
        __syncthreads();
    }
}

// Column c of the whole of a head's parts; head counts over sequences.
__device__ __forceinline__ float wholeOfParts(const float* part, const float* ofPart, int position, int slots,
                                              long long head, long long heads, int c) {
    int splits = (min(position + 1, slots) + SLOTS - 1) / SLOTS;
    float largest = minusInfinity();
    #pragma unroll 4
    for (int split = 0; split < splits; split++) {
        largest = fmaxf(largest, ofPart[2 * (split * heads + head)]);
    }
    float weighted = 0;
    float sum = 0;
    #pragma unroll 4
    for (int split = 0; split < splits; split++) {
        long long place = split * heads + head;
        float weight = exp2Fast(ofPart[2 * place] - largest);
        weighted = fmaf(weight, part[place * VALUE_DIM + c], weighted);
        sum = fmaf(weight, ofPart[2 * place + 1], sum);
    }
    return weighted / sum;
}
