// Sums that several operators need. Their order depends on the shapes alone.
#include "numbers.cuh"

// sum [width] = Σ over the rows of partial [rows, width], such as the sums of a gradient's blocks of rows.
// Grid: width / 32, rounded up; block: 32 x 32.
extern "C" __global__ void __launch_bounds__(1024) column_sum(const float* partial, Weight* sum, int rows, int width) {
    __shared__ float sums[32][33];
    int column = blockIdx.x * 32 + threadIdx.x;
    float own = 0;
    if (column < width) {
        #pragma unroll 4
        for (int row = threadIdx.y; row < rows; row += 32) {
            own += partial[(long long) row * width + column];
        }
    }
    sums[threadIdx.y][threadIdx.x] = own;
    __syncthreads();
    // A warp for each column: its lanes are the rows of the block.
    float total = warpSum(sums[threadIdx.x][threadIdx.y]);
    column = blockIdx.x * 32 + threadIdx.y;
    if (threadIdx.x == 0 && column < width) {
        sum[column] = fromFloat<Weight>(total);
    }
}

template <int N> __device__ __forceinline__ void groupSum(const Element* x, Element* y, long long row, int heads,
                                                          int group, int dim) {
    int width = heads / group * dim;
    for (int column = threadIdx.x * N; column < width; column += blockDim.x * N) {
        int head = column / dim * group;
        const Element* from = x + (row * heads + head) * dim + column % dim;
        float sum[N] = {};
        for (int i = 0; i < group; i++) {
            float term[N];
            load<N>(term, from + (long long) i * dim);
            #pragma unroll
            for (int k = 0; k < N; k++) {
                sum[k] += term[k];
            }
        }
        store<N>(y + row * width + column, sum);
    }
}

// y [rows, heads / group * dim] = Σ over each group of neighbouring heads of x [rows, heads * dim].
// Block: any x threads along a row, times y rows; grid: rows / y, rounded up.
extern "C" __global__ void group_sum(const Element* x, Element* y, int rows, int heads, int group, int dim) {
    constexpr int N = PER_VECTOR<Element>;
    long long row = (long long) blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= rows) {
        return;
    }
    if (dim % N == 0) {
        groupSum<N>(x, y, row, heads, group, dim);
    } else {
        groupSum<1>(x, y, row, heads, group, dim);
    }
}

template <int N> __device__ __forceinline__ void addRun(const Element* x, Element* y) {
    float sum[N];
    float term[N];
    load<N>(sum, y);
    load<N>(term, x);
    #pragma unroll
    for (int i = 0; i < N; i++) {
        sum[i] += term[i];
    }
    store<N>(y, sum);
}

// y += x.
extern "C" __global__ void add(const Element* x, Element* y, long long length) {
    constexpr int N = PER_VECTOR<Element>;
    forEachRun<N>(length, [&](long long i) { addRun<N>(x + i, y + i); },
        [&](long long i) { addRun<1>(x + i, y + i); });
}
