// How the warps of a block share tiles of CHUNK rows: DOWN x ACROSS of them, each with WARP_ROWS rows. ACROSS and
// MOST_WARPS are defined before this is included.
#pragma once
#include "mlstm.cuh"

constexpr int DOWN = CHUNK / 16 < MOST_WARPS / ACROSS ? CHUNK / 16 : MOST_WARPS / ACROSS;
constexpr int ROWS = CHUNK / 16 / DOWN;
constexpr int WARP_ROWS = 16 * ROWS;
constexpr int WARPS = DOWN * ACROSS;
constexpr int THREADS = 32 * WARPS;

// The blocks that a multiprocessor is to have room for, as far as its registers go.
constexpr int blocksFor(int sharedBytes) { return THREADS <= 256 && sharedBytes <= 113 * 1024 ? 2 : 1; }

// How warps share a tile's columns: of narrow tiles, some have none.
template <int WIDTH> struct Columns {
    static constexpr int WARPS = WIDTH < 16 * ACROSS ? WIDTH / 16 : ACROSS;
    static constexpr int EACH = WIDTH / WARPS;
};

template <int WIDTH> using WarpTile = Accumulator<ROWS, Columns<WIDTH>::EACH / 8>;

__device__ __forceinline__ int warpDown() { return threadIdx.x / 32 / ACROSS; }

__device__ __forceinline__ int warpAcross() { return threadIdx.x / 32 % ACROSS; }

__device__ __forceinline__ int warpRow() { return warpDown() * WARP_ROWS; }

template <int WIDTH> __device__ __forceinline__ int warpColumn() { return warpAcross() * Columns<WIDTH>::EACH; }

template <int WIDTH> __device__ __forceinline__ bool hasColumns() { return warpAcross() < Columns<WIDTH>::WARPS; }
