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
