// A linear map's bias: y [rows, width] += bias [width], and dBias = Σ over the rows of dy [rows, width].
#include "numbers.cuh"

constexpr int N = PER_VECTOR<Element>;

template <int RUN> __device__ __forceinline__ void addBias(Element* y, const Weight* bias, int width) {
    for (int column = threadIdx.x * RUN; column < width; column += blockDim.x * RUN) {
        float sum[RUN];
        float term[RUN];
        load<RUN>(sum, y + column);
        load<RUN>(term, bias + column);
        #pragma unroll
        for (int i = 0; i < RUN; i++) {
            sum[i] += term[i];
        }
        store<RUN>(y + column, sum);
    }
}

// Block: any x threads along a row, times y rows; grid: rows / y, rounded up.
extern "C" __global__ void add_bias(Element* y, const Weight* bias, int rows, int width) {
    long long row = (long long) blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= rows) {
        return;
    }
    if (width % N == 0) {
        addBias<N>(y + row * width, bias, width);
    } else {
        addBias<1>(y + row * width, bias, width);
    }
}

constexpr int WARPS = 8;

template <int RUN> __device__ __forceinline__ void sumRows(const Element* dy, float* partial, int rows, int width,
                                                           float (&sums)[WARPS][32 * N]) {
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int first = blockIdx.x * 32 * RUN;
    int column = first + lane * RUN;
    float sum[RUN] = {};
    if (column < width) {
        #pragma unroll 4
        for (long long row = blockIdx.y * WARPS + warp; row < rows; row += gridDim.y * WARPS) {
            float term[RUN];
            load<RUN>(term, dy + row * width + column);
            #pragma unroll
            for (int i = 0; i < RUN; i++) {
                sum[i] += term[i];
            }
        }
    }
    store<RUN>(&sums[warp][lane * RUN], sum);
    __syncthreads();
    for (int i = threadIdx.x; i < 32 * RUN && first + i < width; i += 32 * WARPS) {
        float total = 0;
        for (int w = 0; w < WARPS; w++) {
            total += sums[w][i];
        }
        partial[(long long) blockIdx.y * width + first + i] = total;
    }
}

// partial [grid.y, width], whose column_sum is dBias. Block: 256; grid: width / 32, or / (32 * 16 bytes' numbers) where
// width is a multiple of the latter, rounded up, times any number of blocks, on which the rounding depends.
extern "C" __global__ void __launch_bounds__(32 * WARPS) bias_gradient(const Element* dy, float* partial, int rows,
                                                                      int width) {
    __shared__ alignas(16) float sums[WARPS][32 * N];
    if (width % N == 0) {
        sumRows<N>(dy, partial, rows, width, sums);
    } else {
        sumRows<1>(dy, partial, rows, width, sums);
    }
}
