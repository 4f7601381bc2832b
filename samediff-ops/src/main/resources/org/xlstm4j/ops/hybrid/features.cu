// phi = softmax(x W) per head in one pass over memory, for Elements of 16 bits: the logits stay in float in registers.
// x [rows, sharedHeads HEAD_DIM], where heads / sharedHeads neighbouring heads share one of x, W [heads, HEAD_DIM,
// HEAD_DIM] -> phi [rows, heads HEAD_DIM]. HEAD_DIM is a multiple of 16, at most 128.
#include "numbers.cuh"
#include "tile.cuh"

constexpr int WARPS = 8;
constexpr int THREADS = 32 * WARPS;
constexpr int TOKENS = 16 * WARPS;
constexpr int STRIDE = PADDED<Element, HEAD_DIM>;
constexpr int RUN = PER_VECTOR<Element>;
constexpr float LOG2_E = 1.44269504f;

__device__ __forceinline__ void loadWeight(Element* to, const Weight* weight) {
    #pragma unroll 4
    for (int i = threadIdx.x * RUN; i < HEAD_DIM * HEAD_DIM; i += THREADS * RUN) {
        float values[RUN];
        load<RUN>(values, weight + i);
        store<RUN>(to + i / HEAD_DIM * STRIDE + i % HEAD_DIM, values);
    }
}

// Over the 16 rows of a warp, of which a lane has entries of two.
template <int COLUMNS> __device__ __forceinline__ void softmaxOfRows(Accumulator<1, COLUMNS>& logits) {
    #pragma unroll
    for (int half = 0; half < 4; half += 2) {
        float max = logits.v[0][0][half];
        #pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            max = fmaxf(max, fmaxf(logits.v[0][j][half], logits.v[0][j][half + 1]));
        }
        max = rowMax(max) * LOG2_E;
        float sum = 0;
        #pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            #pragma unroll
            for (int e = half; e < half + 2; e++) {
                logits.v[0][j][e] = exp2f(fmaf(logits.v[0][j][e], LOG2_E, -max));
                sum += logits.v[0][j][e];
            }
        }
        float scale = 1 / rowSum(sum);
        #pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            logits.v[0][j][half] *= scale;
            logits.v[0][j][half + 1] *= scale;
        }
    }
}

// phi of a warp's 16 rows of x, in their place in shared memory and from there to the first `rows` of `to`.
__device__ __forceinline__ void featuresOfRows(Element* x, const Element* weight, Element* to, long long strideTo,
                                               int rows) {
    Accumulator<1, HEAD_DIM / 8> phi;
    phi.clear();
    multiply<HEAD_DIM, NORMAL, NORMAL>(phi, x, STRIDE, weight, STRIDE);
    softmaxOfRows(phi);
    __syncwarp();
    phi.forEachPair([=](int row, int column, float first, float second) {
        storePair(x + row * STRIDE + column, first, second);
    });
    __syncwarp();
    #pragma unroll 4
    for (int i = threadIdx.x % 32; i < 16 * HEAD_DIM / RUN; i += 32) {
        int row = i * RUN / HEAD_DIM;
        int column = i * RUN % HEAD_DIM;
        if (row < rows) {
            *reinterpret_cast<int4*>(to + row * strideTo + column)
                = *reinterpret_cast<const int4*>(x + row * STRIDE + column);
        }
    }
}

// Block (b, head) of (blocks, heads) has a share of the tokens. Shared memory: HEAD_DIM + 2 TOKENS rows of STRIDE.
extern "C" __global__ void __launch_bounds__(THREADS, 2) features(const Element* __restrict__ x,
        const Weight* __restrict__ weight, Element* __restrict__ phi, int sharedHeads, int rows) {
    extern __shared__ __align__(16) unsigned char shared[];
    Element* weightTile = reinterpret_cast<Element*>(shared);
    Element* tiles = weightTile + HEAD_DIM * STRIDE;
    int heads = gridDim.y;
    int head = blockIdx.y;
    const Element* ofHead = x + head / (heads / sharedHeads) * HEAD_DIM;
    int count = (rows + TOKENS - 1) / TOKENS;
    int share = (count + gridDim.x - 1) / gridDim.x;
    int end = min(count, (int) (blockIdx.x + 1) * share);
    auto copyTile = [=](int tile) {
        copyRows<TOKENS, HEAD_DIM, HEAD_DIM, THREADS>(tiles + tile % 2 * TOKENS * STRIDE, STRIDE,
            ofHead + (long long) tile * TOKENS * sharedHeads * HEAD_DIM, (long long) sharedHeads * HEAD_DIM,
            rows - tile * TOKENS);
        commitCopies();
    };
    int first = blockIdx.x * share;
    if (first < end) {
        copyTile(first);
    }
    loadWeight(weightTile, weight + (long long) head * HEAD_DIM * HEAD_DIM);
    for (int tile = first; tile < end; tile++) {
        if (tile + 1 < end) {
            copyTile(tile + 1);
            waitForCopies<1>();
        } else {
            waitForCopies<0>();
        }
        __syncthreads();
        int ofWarp = threadIdx.x / 32 * 16;
        int row = tile * TOKENS + ofWarp;
        featuresOfRows(tiles + (tile % 2 * TOKENS + ofWarp) * STRIDE, weightTile,
            phi + (long long) (row * (long long) heads + head) * HEAD_DIM, (long long) heads * HEAD_DIM, rows - row);
        __syncthreads();
    }
}
