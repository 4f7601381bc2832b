// RMSNorm over rows of x [rows, WIDTH], alone or after the addition of a residual connection, and its gradient.
// With s = (mean(x²) + eps)^-1/2 and n = s x:
//     y = n ⊙ w
//     dx = s (w ⊙ dy − n mean(n ⊙ w ⊙ dy)) + dSum,    dw = Σ over the rows of n ⊙ dy
// Each array is read or written once; a row stays in the registers of the warps that share it.
// WIDTH is a compile-time constant, so that each thread's columns are its registers, and so is ROW_WARPS, the number of
// warps that share a row: a power of two up to 8; fastest with 4 to 8 numbers a thread.
#include "numbers.cuh"
#include "chain.cuh"

constexpr int THREADS = 256;
constexpr int RUN = runOf<Element>(WIDTH);
constexpr int ROW_THREADS = 32 * ROW_WARPS;
// Blocks on a multiprocessor, for which registers must suffice.
constexpr int BLOCKS = WIDTH <= 2048 ? 4 : WIDTH <= 4096 ? 3 : WIDTH <= 8192 ? 2 : 1;
// Rows that a block has in hand at a time.
constexpr int ROWS = THREADS / ROW_THREADS;
// Runs of a thread in a row.
constexpr int RUNS = (WIDTH + RUN * ROW_THREADS - 1) / (RUN * ROW_THREADS);

// A thread's part of a row; beyond WIDTH it is zero.
struct Part {
    float v[RUNS * RUN];

    // Calls f(index of v, column) for the run's that exist.
    template <typename F> static __device__ __forceinline__ void forEachRun(F f) {
        #pragma unroll
        for (int run = 0; run < RUNS; run++) {
            int column = (run * ROW_THREADS + threadIdx.x % ROW_THREADS) * RUN;
            if (WIDTH % (RUN * ROW_THREADS) == 0 || column < WIDTH) {
                f(run * RUN, column);
            }
        }
    }

    template <typename F> __device__ __forceinline__ void forEach(F f) {
        #pragma unroll
        for (int i = 0; i < RUNS * RUN; i++) {
            f(i, v[i]);
        }
    }

    __device__ __forceinline__ void clear() {
        forEach([](int, float& x) { x = 0; });
    }

    template <typename T> __device__ __forceinline__ void loadRow(const T* row) {
        clear();
        forEachRun([&](int i, int column) { load<RUN>(v + i, row + column); });
    }

    template <typename T> __device__ __forceinline__ void storeRow(T* row) const {
        forEachRun([&](int i, int column) { store<RUN>(row + column, v + i); });
    }
};

// The sum over the threads of a row.
__device__ __forceinline__ float sumOfRow(float x) {
    x = warpSum(x);
    if constexpr (ROW_WARPS > 1) {
        __shared__ float sums[THREADS / 32];
        int warp = threadIdx.x / 32;
        __syncthreads();
        if (threadIdx.x % 32 == 0) {
            sums[warp] = x;
        }
        __syncthreads();
        x = 0;
        #pragma unroll
        for (int i = 0; i < ROW_WARPS; i++) {
            x += sums[warp / ROW_WARPS * ROW_WARPS + i];
        }
    }
    return x;
}

__device__ __forceinline__ float dot(Part& x, const Part& y) {
    float sum = 0;
    x.forEach([&](int i, float& value) { sum += value * y.v[i]; });
    return sumOfRow(sum);
}

__device__ __forceinline__ float scaleOf(Part& x, float eps) {
    return rsqrtf(dot(x, x) / WIDTH + eps);
}

// Calls f(row) for all rows, alike in all threads of a block, which may meet at barriers; rows from `rows` on are to be
// left alone.
template <typename F> __device__ __forceinline__ void forEachRow(int rows, F f) {
    for (long long first = (long long) blockIdx.x * ROWS; first < rows; first += (long long) gridDim.x * ROWS) {
        f(first + threadIdx.x / ROW_THREADS);
    }
}

CHAINED(rms_norm);

// y is the norm of x, or where there is an update that of sum = x + update, as it is stored; with the residual added to
// it where there is one.
// Grid: any number of blocks, at best one for every ROWS rows; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS) rms_norm(const Element* x, const Element* update,
                                                              const Weight* weight, const Element* residual,
                                                              Element* sum, Element* y, int rows, float eps) {
    // Once, not once a block: many rows share it.
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        prefetch(weight, WIDTH * sizeof(Weight));
    }
    waitForInputs();
    forEachRow(rows, [&](long long row) {
        bool exists = row < rows;
        Part values;
        values.clear();
        if (exists) {
            values.loadRow(x + row * WIDTH);
        }
        if (exists && update != nullptr) {
            Part term;
            term.loadRow(update + row * WIDTH);
            values.forEach([&](int i, float& value) { value = toFloat(fromFloat<Element>(value + term.v[i])); });
            values.storeRow(sum + row * WIDTH);
        }
        float scale = scaleOf(values, eps);
        if (exists) {
            Part w;
            w.loadRow(weight);
            values.forEach([&](int i, float& value) { value *= scale * w.v[i]; });
            if (residual != nullptr) {
                Part term;
                term.loadRow(residual + row * WIDTH);
                values.forEach([&](int i, float& value) { value += term.v[i]; });
            }
            values.storeRow(y + row * WIDTH);
        }
    });
}

// Adds up what the block's rows in hand have for dWeight, and writes it.
__device__ __forceinline__ void storePartial(const Part& dWeight, float* partial) {
    if constexpr (ROWS == 1) {
        dWeight.storeRow(partial);
    } else {
        __shared__ float sums[WIDTH];
        for (int row = 0; row < ROWS; row++) {
            if (threadIdx.x / ROW_THREADS == row) {
                Part::forEachRun([&](int i, int column) {
                    #pragma unroll
                    for (int k = 0; k < RUN; k++) {
                        sums[column + k] = (row == 0 ? 0 : sums[column + k]) + dWeight.v[i + k];
                    }
                });
            }
            __syncthreads();
        }
        for (int column = threadIdx.x; column < WIDTH; column += THREADS) {
            partial[column] = sums[column];
        }
    }
}

// dx and, where it is no null, again dxAgain; and partial [grid, WIDTH], whose column_sum is dWeight.
// dSum is a further gradient of x, or null.
// Grid: any number of blocks, on which dWeight's rounding depends; block: 256.
extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) rms_norm_gradient(
        const Element* x, const Weight* weight, const Element* dy, const Element* dSum, Element* dx, Element* dxAgain,
        float* partial, int rows, float eps) {
    Part dWeight;
    dWeight.clear();
    forEachRow(rows, [&](long long row) {
        bool exists = row < rows;
        Part normed;
        Part upstream;
        normed.clear();
        upstream.clear();
        if (exists) {
            normed.loadRow(x + row * WIDTH);
            upstream.loadRow(dy + row * WIDTH);
        }
        float scale = scaleOf(normed, eps);
        Part w;
        w.loadRow(weight);
        normed.forEach([&](int i, float& value) {
            value *= scale;
            dWeight.v[i] += value * upstream.v[i];
            upstream.v[i] *= w.v[i];
        });
        float along = dot(normed, upstream) / WIDTH;
        normed.forEach([&](int i, float& value) { value = scale * (upstream.v[i] - along * value); });
        if (exists && dSum != nullptr) {
            upstream.loadRow(dSum + row * WIDTH);
            normed.forEach([&](int i, float& value) { value += upstream.v[i]; });
        }
        if (exists) {
            normed.storeRow(dx + row * WIDTH);
        }
        if (exists && dxAgain != nullptr) {
            normed.storeRow(dxAgain + row * WIDTH);
        }
    });
    storePartial(dWeight, partial + (long long) blockIdx.x * WIDTH);
}
