// Linear maps of a few rows, such as those of a decoding step: y [ROWS, out] = x [ROWS, in] · W [out, in]ᵀ. What takes
// time is reading W: a warp reads a row of it once, 16 bytes a lane, for all rows of x. -DROWS, from 1 to 8.
#include "numbers.cuh"
#include "chain.cuh"

constexpr int WARPS = 8;

template <int N> __device__ __forceinline__ void addProducts(float (&sums)[ROWS], const Element* x, const Weight* weight,
                                                             int in) {
    #pragma unroll 4
    for (int column = threadIdx.x % 32 * N; column < in; column += 32 * N) {
        float w[N];
        load<N>(w, weight + column);
        #pragma unroll
        for (int row = 0; row < ROWS; row++) {
            float a[N];
            load<N>(a, x + (long long) row * in + column);
            #pragma unroll
            for (int i = 0; i < N; i++) {
                sums[row] = fmaf(a[i], w[i], sums[row]);
            }
        }
    }
}

// The products of a row of W with the rows of x, the same in every lane.
__device__ __forceinline__ void products(float (&sums)[ROWS], const Element* x, const Weight* weight, int in) {
    constexpr int N = PER_VECTOR<Weight>;
    #pragma unroll
    for (int row = 0; row < ROWS; row++) {
        sums[row] = 0;
    }
    if (in % N == 0) {
        addProducts<N>(sums, x, weight, in);
    } else {
        addProducts<1>(sums, x, weight, in);
    }
    #pragma unroll
    for (int row = 0; row < ROWS; row++) {
        sums[row] = warpSum(sums[row]);
    }
}

CHAINED(linear_rows);

// Up to three maps of one x, one after another in the grid; absent ones have 0 outputs. Biases may be null.
// Block: 256; grid: (out0 + out1 + out2) / 8, rounded up.
extern "C" __global__ void __launch_bounds__(32 * WARPS) linear_rows(
        const Element* x, int in, const Weight* weight0, const Weight* bias0, Element* y0, int out0,
        const Weight* weight1, const Weight* bias1, Element* y1, int out1,
        const Weight* weight2, const Weight* bias2, Element* y2, int out2) {
    int output = blockIdx.x * WARPS + threadIdx.x / 32;
    const Weight* weight = weight0;
    const Weight* bias = bias0;
    Element* y = y0;
    int out = out0;
    if (output >= out) {
        output -= out;
        weight = weight1;
        bias = bias1;
        y = y1;
        out = out1;
    }
    if (output >= out) {
        output -= out;
        weight = weight2;
        bias = bias2;
        y = y2;
        out = out2;
    }
    const Weight* own = weight + (long long) output * in;
    if (output < out && threadIdx.x % 32 == 0) {
        prefetch(own, in * sizeof(Weight));
    }
    waitForInputs();
    if (output >= out) {
        return;
    }
    float sums[ROWS];
    products(sums, x, own, in);
    if (threadIdx.x % 32 == 0) {
        float shift = bias == nullptr ? 0 : toFloat(bias[output]);
        #pragma unroll
        for (int row = 0; row < ROWS; row++) {
            y[(long long) row * out + output] = fromFloat<Element>(sums[row] + shift);
        }
    }
}

CHAINED(swiglu_rows);

// SwiGLU's first half: closed = x · gateᵀ, opened = x · upᵀ, active = silu(closed) opened, each [ROWS, out].
// Block: 256; grid: out / 8, rounded up.
extern "C" __global__ void __launch_bounds__(32 * WARPS) swiglu_rows(const Element* x, int in, const Weight* gate,
                                                                    const Weight* up, Element* closed, Element* opened,
                                                                    Element* active, int out) {
    int output = blockIdx.x * WARPS + threadIdx.x / 32;
    long long own = (long long) output * in;
    if (output < out && threadIdx.x % 32 == 0) {
        prefetch(gate + own, in * sizeof(Weight));
        prefetch(up + own, in * sizeof(Weight));
    }
    waitForInputs();
    if (output >= out) {
        return;
    }
    float g[ROWS];
    float u[ROWS];
    products(g, x, gate + own, in);
    products(u, x, up + own, in);
    if (threadIdx.x % 32 == 0) {
        #pragma unroll
        for (int row = 0; row < ROWS; row++) {
            long long at = (long long) row * out + output;
            closed[at] = fromFloat<Element>(g[row]);
            opened[at] = fromFloat<Element>(u[row]);
            active[at] = fromFloat<Element>(__fdividef(g[row], 1 + __expf(-g[row])) * u[row]);
        }
    }
}
