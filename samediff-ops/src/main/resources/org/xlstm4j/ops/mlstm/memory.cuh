// A block's part of the memory S, and of the rows that it is made of.
#pragma once
#include "mlstm.cuh"

// The part of rows of DIM entries from `column` on, as a tile of CHUNK rows of WIDTH entries; zeros where there is
// none.
template <int THREADS, int DIM, int WIDTH>
__device__ __forceinline__ void copyPart(Element* to, const Element* rows, long long strideFrom, int column,
                                         int length) {
    constexpr int EACH = DIM % PER_VECTOR<Element> == 0 ? PER_VECTOR<Element> : 1;
    constexpr int PER_ROW = WIDTH / EACH;
    #pragma unroll
    for (int i = threadIdx.x; i < CHUNK * PER_ROW; i += THREADS) {
        int row = i / PER_ROW;
        int at = i % PER_ROW * EACH;
        bool exists = row < length && column + at < DIM;
        const Element* from = exists ? rows + row * strideFrom + column + at : rows;
        Element* here = to + row * PADDED<Element, WIDTH> + at;
        if (EACH > 1) {
            copyVector(here, from, exists);
        } else {
            *here = exists ? *from : fromFloat<Element>(0);
        }
    }
}

// S in registers: LEFT rows, of keys, by RIGHT columns, of values.
template <int THREADS, int LEFT, int RIGHT> struct Memory {
    static constexpr int ACROSS = RIGHT < 32 ? 1 : RIGHT < 128 ? 2 : 4;
    static constexpr int DOWN = THREADS / 32 / ACROSS;
    // Warps behind the last row have no part.
    static constexpr int ROWS = LEFT < 16 * DOWN ? 1 : LEFT / 16 / DOWN;
    static constexpr int COLUMNS = RIGHT / ACROSS;

    Accumulator<ROWS, COLUMNS / 8> tile;
    // Where the block's part begins, and in it the warp's.
    int left, right, row, column;
    bool works;

    __device__ __forceinline__ Memory(int left, int right) : left(left), right(right) {
        int warp = threadIdx.x / 32;
        row = warp / ACROSS * 16 * ROWS;
        column = warp % ACROSS * COLUMNS;
        works = row < LEFT;
    }

    // From [KEY_DIM, VALUE_DIM]; zeros where there is none.
    __device__ __forceinline__ void load(const float* memory) {
        tile.forEach([&](int i, int j, float& x) {
            int key = left + row + i;
            int value = right + column + j;
            x = memory && key < KEY_DIM && value < VALUE_DIM ? memory[key * VALUE_DIM + value] : 0;
        });
    }

    // To [KEY_DIM, VALUE_DIM].
    __device__ __forceinline__ void store(float* memory) {
        tile.forEach([&](int i, int j, float x) {
            int key = left + row + i;
            int value = right + column + j;
            if (works && key < KEY_DIM && value < VALUE_DIM) {
                memory[key * VALUE_DIM + value] = x;
            }
        });
    }

    // kept S + keys^T values, over a chunk's steps.
    __device__ __forceinline__ void advance(float kept, const Element* keys, int keyStride, const Element* values,
                                            int valueStride) {
        tile.forEach([&](int, int, float& x) { x *= kept; });
        if (works) {
            multiply<CHUNK, TRANSPOSED, NORMAL>(tile, keys + row, keyStride, values + column, valueStride);
        }
    }
};
