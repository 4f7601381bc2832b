// Tiles in shared memory and the two products that attention is made of:
//   scores    C = A B'     A [rows][dim], B [columns][dim], both in shared memory
//   weighted  C += A B     A [rows][depth] held in an accumulator, B [depth][dim] in shared memory
// Every warp has 16 rows of C. With -DWARPGROUPS=1 (sm_90a, 16-bit numbers) four warps act together, by wgmma, and a
// product is under way until it is waited for; without, tile.cuh does it at once.
#pragma once
#include "tile.cuh"

#ifndef WARPGROUPS
#define WARPGROUPS 0
#endif

#if WARPGROUPS
#include "warpgroup.cuh"
#endif

// Rows that act together.
constexpr int GROUP = WARPGROUPS ? 64 : 16;

// As copyVector, for four bytes.
template <typename T> __device__ __forceinline__ void copyWord(T* to, const T* from, bool exists) {
#if ARCHITECTURE >= 800
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
        :: "r"(sharedAddress(to)), "l"(from), "r"(exists ? 4 : 0) : "memory");
#else
    *to = exists ? *from : T(0);
#endif
}

// ROWS rows of DIM numbers, filled up with zeros to WIDTH.
template <int ROWS, int DIM> struct Tile {
    static constexpr int UNIT = WARPGROUPS ? 64 : 16;
    static constexpr int WIDTH = (DIM + UNIT - 1) / UNIT * UNIT;
    static constexpr int STRIDE = WARPGROUPS ? UNIT : PADDED<Element, WIDTH>;
    static constexpr int BYTES = ROWS * (WARPGROUPS ? WIDTH : STRIDE) * (int) sizeof(Element);

    Element* entries;

    __device__ __forceinline__ explicit Tile(unsigned char* shared) : entries(reinterpret_cast<Element*>(shared)) {}

    __device__ __forceinline__ Element* at(int row, int column) const {
#if WARPGROUPS
        return entries + swizzled<ROWS>(row, column);
#else
        return entries + row * STRIDE + column;
#endif
    }
};

// Copies `rows` rows to a tile and fills it up with zeros; by all THREADS threads of a block.
template <int THREADS, int ROWS, int DIM>
__device__ __forceinline__ void copyTile(Tile<ROWS, DIM> to, const Element* from, int strideFrom, int rows) {
    constexpr int PIECE = DIM % PER_VECTOR<Element> == 0 ? PER_VECTOR<Element> : 1;
    constexpr int PER_ROW = to.WIDTH / PIECE;
    if constexpr (PIECE > 1 && THREADS % PER_ROW == 0) {
        // A thread keeps to its column.
        constexpr int STEP = THREADS / PER_ROW;
        int column = threadIdx.x % PER_ROW * PIECE;
        int first = threadIdx.x / PER_ROW;
        int left = column < DIM ? rows - first : 0;
        const Element* source = from + (long long) first * strideFrom + column;
        long long way = (long long) STEP * strideFrom;
        #pragma unroll
        for (int row = 0; row < ROWS; row += STEP) {
            if (ROWS % STEP == 0 || first + row < ROWS) {
                copyVector(to.at(first + row, column), source, row < left);
            }
            source += way;
        }
    } else {
        for (int i = threadIdx.x; i < ROWS * PER_ROW; i += THREADS) {
            int row = i / PER_ROW;
            int column = i % PER_ROW * PIECE;
            bool exists = row < rows && column < DIM;
            const Element* source = from + (long long) row * strideFrom + column;
            if constexpr (PIECE > 1) {
                copyVector(to.at(row, column), exists ? source : from, exists);
            } else {
                *to.at(row, column) = exists ? *source : fromFloat<Element>(0);
            }
        }
    }
}

// Calls f(half, column, value&) for every entry of a lane, whose rows are lane / 4 + 8 half of its warp's 16.
template <int COLUMNS, typename F> __device__ __forceinline__ void forEachEntry(Accumulator<1, COLUMNS>& c, F f) {
    int column = 2 * (threadIdx.x % 4);
    #pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
        #pragma unroll
        for (int e = 0; e < 4; e++) {
            f(e / 2, 8 * j + column + e % 2, c.v[0][j][e]);
        }
    }
}

template <int COLUMNS, typename F>
__device__ __forceinline__ void forEachEntry(Accumulator<1, COLUMNS>& c, const Accumulator<1, COLUMNS>& other, F f) {
    int column = 2 * (threadIdx.x % 4);
    #pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
        #pragma unroll
        for (int e = 0; e < 4; e++) {
            f(e / 2, 8 * j + column + e % 2, c.v[0][j][e], other.v[0][j][e]);
        }
    }
}

// Begins c = A B' for the rows of A from a multiple of GROUP on and the first 8 COLUMNS rows of B.
template <int COLUMNS, int ROWS_A, int ROWS_B, int DIM>
__device__ __forceinline__ void startScores(Accumulator<1, COLUMNS>& c, Tile<ROWS_A, DIM> a, int firstRow,
                                            Tile<ROWS_B, DIM> b) {
#if WARPGROUPS
    unsigned left = sharedAddress(a.entries + firstRow * SLAB);
    unsigned right = sharedAddress(b.entries);
    beginProducts();
    multiplyShared<COLUMNS, false>(c.v[0], describe(left, 0, 16), describe(right, 0, 16));
    #pragma unroll
    for (int k = 16; k < a.WIDTH; k += 16) {
        multiplyShared<COLUMNS, true>(c.v[0], describe(left, 2 * (k / SLAB * (ROWS_A * SLAB) + k % SLAB), 16),
            describe(right, 2 * (k / SLAB * (ROWS_B * SLAB) + k % SLAB), 16));
    }
    commitProducts();
#else
    c.clear();
    int ownRow = threadIdx.x / 32 * 16 % GROUP + firstRow;
    multiply<a.WIDTH, NORMAL, TRANSPOSED>(c, a.entries + ownRow * a.STRIDE, a.STRIDE, b.entries, b.STRIDE);
#endif
}

// The left factor of a weighted sum, in registers.
template <int DEPTHS> struct Held {
#if WARPGROUPS
    unsigned v[DEPTHS / 2][4];

    __device__ __forceinline__ void set(const Accumulator<1, DEPTHS>& a) {
        #pragma unroll
        for (int d = 0; d < DEPTHS; d++) {
            v[d / 2][d % 2 * 2] = pack<Element>(a.v[0][d][0], a.v[0][d][1]);
            v[d / 2][d % 2 * 2 + 1] = pack<Element>(a.v[0][d][2], a.v[0][d][3]);
        }
    }
#else
    Accumulator<1, DEPTHS> v;

    __device__ __forceinline__ void set(const Accumulator<1, DEPTHS>& a) { v = a; }
#endif
};

// Begins c += A B, A's numbers rounded to Element.
template <int DEPTHS, int COLUMNS, int ROWS_B, int DIM>
__device__ __forceinline__ void startWeighted(Accumulator<1, COLUMNS>& c, const Held<DEPTHS>& a, Tile<ROWS_B, DIM> b) {
#if WARPGROUPS
    beginProducts();
    #pragma unroll
    for (int d = 0; d < DEPTHS / 2; d++) {
        multiplyRegisters<COLUMNS, ROWS_B>(c.v[0], a.v[d], sharedAddress(b.entries), d * 16 * SLAB * 2);
    }
    commitProducts();
#else
    multiplyHeld<NORMAL>(c, a.v, b.entries, b.STRIDE);
#endif
}

// Waits until no more than the PENDING latest products are under way; c, an earlier one, may then be read.
template <int PENDING, int COLUMNS>
__device__ __forceinline__ void waitForProduct(Accumulator<1, COLUMNS>& c) {
#if WARPGROUPS
    waitForCommitted<PENDING>();
    c.forEach([](int, int, float& x) { asm volatile("" : "+f"(x) :: "memory"); });
#endif
}

// Waits until all copies have arrived, everybody's.
__device__ __forceinline__ void awaitCopies() {
    waitForCopies<0>();
#if WARPGROUPS
    showCopies();
#endif
    __syncthreads();
}

// Writes `rows` of a warp's 16 rows, times a factor a half, to rows of DIM numbers.
template <int DIM, int COLUMNS>
__device__ __forceinline__ void storeRows(const Accumulator<1, COLUMNS>& c, Element* to, long long strideTo, int rows,
                                          const float (&factor)[2]) {
    int lane = threadIdx.x % 32;
    #pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            int row = lane / 4 + 8 * half;
            int column = 8 * j + 2 * (lane % 4);
            if (row < rows && column < DIM) {
                float first = c.v[0][j][2 * half] * factor[half];
                float second = c.v[0][j][2 * half + 1] * factor[half];
                Element* at = to + row * strideTo + column;
                if constexpr (DIM % 2 == 0) {
                    storePair(at, first, second);
                } else {
                    at[0] = fromFloat<Element>(first);
                    if (column + 1 < DIM) {
                        at[1] = fromFloat<Element>(second);
                    }
                }
            }
        }
    }
}
