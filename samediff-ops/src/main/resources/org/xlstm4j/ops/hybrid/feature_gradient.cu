// The gradient of what the hybrid mixer makes of queries, or of keys, in one pass over memory: of their features and of
// their part in the output gate, for Elements of 16 bits. Per head, with dl the gradient of the gate's logits and w the
// row of the gate's weights that belongs to x:
//
//   du  = phi (dphi - sum phi dphi)
//   dx += du W^T + dl w
//   dW  = x^T du        dw = sum over tokens of dl x
//
// x, dx [rows, sharedHeads HEAD_DIM], where heads / sharedHeads neighbouring heads share one of x; phi, dphi [rows,
// heads HEAD_DIM]; W [heads, HEAD_DIM, HEAD_DIM]; dl [batch, heads, time]. HEAD_DIM is a multiple of 32, at most 128.
#include "numbers.cuh"
#include "tile.cuh"

constexpr int WARPS = 16;
constexpr int THREADS = 32 * WARPS;
constexpr int TOKENS = 64;
constexpr int STRIDE = PADDED<Element, HEAD_DIM>;
constexpr int TILE = TOKENS * STRIDE;
constexpr int RUN = PER_VECTOR<Element>;
// What warps have of dx: 16 tokens and some columns; of dW: a square.
constexpr int COLUMNS = HEAD_DIM % 64 == 0 ? HEAD_DIM / 4 : HEAD_DIM / 2;
constexpr int SQUARE = HEAD_DIM > 64 ? 32 : 16;
constexpr int SQUARES = HEAD_DIM / SQUARE;
// Threads side by side have dw; each has every GATE_PARTS-th token.
constexpr int GATE_PARTS = THREADS / HEAD_DIM;

// What a block reads of a tile of tokens. dphi becomes du, and dx what is written.
struct Tiles {
    Element* phi;
    Element* du;
    Element* x;
    Element* dx;
    float* dLogits;

    __device__ __forceinline__ Tiles(unsigned char* stage) : phi(reinterpret_cast<Element*>(stage)), du(phi + TILE),
        x(du + TILE), dx(x + TILE), dLogits(reinterpret_cast<float*>(dx + TILE)) {
    }
};

constexpr int STAGE_BYTES = 4 * TILE * sizeof(Element) + TOKENS * sizeof(float);

// One head's arrays, and its tiles in shared memory.
struct Head {
    const Element* phi;
    const Element* dPhi;
    const Element* x;
    Element* dx;
    const float* dLogits;
    long long width;
    long long sharedWidth;
    int heads;
    int time;
    int rows;

    __device__ __forceinline__ void copy(int tile, Tiles to) const {
        int first = tile * TOKENS;
        int count = rows - first;
        copyRows<TOKENS, HEAD_DIM, HEAD_DIM, THREADS>(to.phi, STRIDE, phi + first * width, width, count);
        copyRows<TOKENS, HEAD_DIM, HEAD_DIM, THREADS>(to.du, STRIDE, dPhi + first * width, width, count);
        copyRows<TOKENS, HEAD_DIM, HEAD_DIM, THREADS>(to.x, STRIDE, x + first * sharedWidth, sharedWidth, count);
        copyRows<TOKENS, HEAD_DIM, HEAD_DIM, THREADS>(to.dx, STRIDE, dx + first * sharedWidth, sharedWidth, count);
        if (threadIdx.x < TOKENS) {
            int row = first + threadIdx.x;
            to.dLogits[threadIdx.x] = row < rows ? dLogits[(long long) (row / time) * heads * time + row % time] : 0;
        }
        commitCopies();
    }
};

// dphi becomes du: half a warp a token.
__device__ __forceinline__ void softmaxGradient(Tiles tiles) {
    int lane = threadIdx.x % 16;
    bool exists = lane * RUN < HEAD_DIM;
    #pragma unroll
    for (int token = threadIdx.x / 16; token < TOKENS; token += THREADS / 16) {
        int at = token * STRIDE + lane * RUN;
        float phi[RUN] = {};
        float gradient[RUN] = {};
        if (exists) {
            load<RUN>(phi, tiles.phi + at);
            load<RUN>(gradient, tiles.du + at);
        }
        float mean = 0;
        #pragma unroll
        for (int i = 0; i < RUN; i++) {
            mean = fmaf(phi[i], gradient[i], mean);
        }
        #pragma unroll
        for (int distance = 8; distance > 0; distance /= 2) {
            mean += __shfl_xor_sync(0xffffffffu, mean, distance);
        }
        #pragma unroll
        for (int i = 0; i < RUN; i++) {
            gradient[i] = phi[i] * (gradient[i] - mean);
        }
        if (exists) {
            store<RUN>(tiles.du + at, gradient);
        }
    }
}

// dx of 16 tokens and the warp's columns, to shared memory and from there to where it is from.
__device__ __forceinline__ void inputGradient(Tiles tiles, const Element* weight, const float* gateWeight,
                                              const Head& head, int tile) {
    int warp = threadIdx.x / 32;
    int token = warp % (TOKENS / 16) * 16;
    int from = warp / (TOKENS / 16) * COLUMNS;
    if (from >= HEAD_DIM) {
        return;
    }
    Accumulator<1, COLUMNS / 8> sum;
    sum.clear();
    multiply<HEAD_DIM, NORMAL, TRANSPOSED>(sum, tiles.du + token * STRIDE, STRIDE, weight + from * STRIDE, STRIDE);
    Element* own = tiles.dx + token * STRIDE + from;
    sum.forEachPair([=](int row, int column, float first, float second) {
        float before[2];
        load<2>(before, own + row * STRIDE + column);
        float dLogit = tiles.dLogits[token + row];
        first = fmaf(dLogit, gateWeight[from + column], first + before[0]);
        second = fmaf(dLogit, gateWeight[from + column + 1], second + before[1]);
        storePair(own + row * STRIDE + column, first, second);
    });
    __syncwarp();
    Element* to = head.dx + (tile * TOKENS + token) * head.sharedWidth + from;
    #pragma unroll 4
    for (int i = threadIdx.x % 32 * RUN; i < 16 * COLUMNS; i += 32 * RUN) {
        int row = i / COLUMNS;
        int column = i % COLUMNS;
        if (tile * TOKENS + token + row < head.rows) {
            *reinterpret_cast<int4*>(to + row * head.sharedWidth + column)
                = *reinterpret_cast<const int4*>(own + row * STRIDE + column);
        }
    }
}

// Sums over tokens that a thread keeps.
struct Sums {
    Accumulator<SQUARE / 16, SQUARE / 8> weight;
    float gate;

    __device__ __forceinline__ Sums() : gate(0) {
        weight.clear();
    }

    __device__ __forceinline__ int warpRow() const { return threadIdx.x / 32 / SQUARES * SQUARE; }

    __device__ __forceinline__ int warpColumn() const { return threadIdx.x / 32 % SQUARES * SQUARE; }

    __device__ __forceinline__ bool hasWeight() const { return threadIdx.x / 32 < SQUARES * SQUARES; }

    __device__ __forceinline__ void add(Tiles tiles) {
        if (hasWeight()) {
            multiply<TOKENS, TRANSPOSED, NORMAL>(weight, tiles.x + warpRow(), STRIDE, tiles.du + warpColumn(), STRIDE);
        }
        int part = threadIdx.x / HEAD_DIM;
        if (part < GATE_PARTS) {
            #pragma unroll 4
            for (int token = part; token < TOKENS; token += GATE_PARTS) {
                gate = fmaf(tiles.dLogits[token], toFloat(tiles.x[token * STRIDE + threadIdx.x % HEAD_DIM]), gate);
            }
        }
    }

    // Writes dW and dw; `shared` is for a float a thread. Begins after a barrier.
    __device__ __forceinline__ void write(float* dWeight, float* dGateWeight, float* shared) {
        if (hasWeight()) {
            float* own = dWeight + warpRow() * HEAD_DIM + warpColumn();
            weight.forEachPair([=](int row, int column, float first, float second) {
                storePair(own + row * HEAD_DIM + column, first, second);
            });
        }
        shared[threadIdx.x] = gate;
        __syncthreads();
        if (threadIdx.x < HEAD_DIM) {
            float sum = 0;
            #pragma unroll
            for (int part = 0; part < GATE_PARTS; part++) {
                sum += shared[part * HEAD_DIM + threadIdx.x];
            }
            dGateWeight[threadIdx.x] = sum;
        }
        __syncthreads();
    }
};

__device__ __forceinline__ void loadWeights(const Weight* weight, const Weight* gateWeight, Element* to,
                                            float* gateTo) {
    #pragma unroll 4
    for (int i = threadIdx.x * RUN; i < HEAD_DIM * HEAD_DIM; i += THREADS * RUN) {
        float values[RUN];
        load<RUN>(values, weight + i);
        store<RUN>(to + i / HEAD_DIM * STRIDE + i % HEAD_DIM, values);
    }
    if (threadIdx.x < HEAD_DIM) {
        gateTo[threadIdx.x] = toFloat(gateWeight[threadIdx.x]);
    }
}

// Block (b, shared head) of (blocks, sharedHeads) has a share of the tokens, of one head after the other. gateWeight
// points to the part of head 0 that belongs to x, [heads, 3 HEAD_DIM]. dWeight [blocks, heads, HEAD_DIM, HEAD_DIM] and
// dGateWeight, likewise a part of [blocks, heads, 3 HEAD_DIM], are to be summed over the blocks. Shared memory: two
// stages of 4 TOKENS rows of STRIDE and TOKENS floats, then HEAD_DIM rows of STRIDE and HEAD_DIM floats.
extern "C" __global__ void __launch_bounds__(THREADS, 1) feature_gradient(const Element* __restrict__ x,
        const Weight* __restrict__ weight, const Weight* __restrict__ gateWeight, const Element* __restrict__ phi,
        const Element* __restrict__ dPhi, const float* __restrict__ dLogits, Element* dx, float* __restrict__ dWeight,
        float* __restrict__ dGateWeight, int heads, int time, int rows) {
    extern __shared__ __align__(16) unsigned char shared[];
    Element* weightTile = reinterpret_cast<Element*>(shared + 2 * STAGE_BYTES);
    float* gateWeights = reinterpret_cast<float*>(weightTile + HEAD_DIM * STRIDE);
    int group = heads / gridDim.y;
    int count = (rows + TOKENS - 1) / TOKENS;
    int share = (count + gridDim.x - 1) / gridDim.x;
    int begin = blockIdx.x * share;
    int end = min(count, begin + share);
    for (int index = blockIdx.y * group; index < (blockIdx.y + 1) * group; index++) {
        Head head = {phi + index * HEAD_DIM, dPhi + index * HEAD_DIM, x + blockIdx.y * HEAD_DIM,
            dx + blockIdx.y * HEAD_DIM, dLogits + (long long) index * time, (long long) heads * HEAD_DIM,
            (long long) gridDim.y * HEAD_DIM, heads, time, rows};
        if (begin < end) {
            head.copy(begin, Tiles(shared + begin % 2 * STAGE_BYTES));
        }
        loadWeights(weight + (long long) index * HEAD_DIM * HEAD_DIM, gateWeight + (long long) index * 3 * HEAD_DIM,
            weightTile, gateWeights);
        Sums sums;
        for (int tile = begin; tile < end; tile++) {
            if (tile + 1 < end) {
                head.copy(tile + 1, Tiles(shared + (tile + 1) % 2 * STAGE_BYTES));
                waitForCopies<1>();
            } else {
                waitForCopies<0>();
            }
            __syncthreads();
            Tiles tiles(shared + tile % 2 * STAGE_BYTES);
            softmaxGradient(tiles);
            __syncthreads();
            inputGradient(tiles, weightTile, gateWeights, head, tile);
            sums.add(tiles);
            __syncthreads();
        }
        long long part = (long long) blockIdx.x * heads + index;
        sums.write(dWeight + part * HEAD_DIM * HEAD_DIM, dGateWeight + part * 3 * HEAD_DIM,
            reinterpret_cast<float*>(shared));
    }
}
