// What surrounds the mLSTM and the window in the hybrid mixer, beside products by cuBLAS. Per head, with its query q,
// with k and v of the key-value head that a group of heads shares, all of width HEAD_DIM, and w_o = [w_q, w_k, w_v]:
//
//   phi  = softmax(q W)                                 features of queries, and alike of keys
//   o    = sigmoid(w_q q + w_k k + w_v v + b_o)         the share of the mLSTM's output y against the window's, w
//   h    = w + o (y - w)
//
// and backward, du being the gradient of q W and dl that of the argument of sigmoid:
//
//   du   = phi (dphi - sum phi dphi)                    dq += du W^T, dW = q^T du by products
//   dy   = o dh, dw = (1 - o) dh, dl = o (1 - o) (do + sum dh (y - w))
//   dq  += dl w_q,  dk += sum over the group of dl w_k, dv alike
//   dw_o = sum over tokens of dl [q, k, v]              db_o = sum over tokens of dl
//
// Rows of tokens are [rows, heads HEAD_DIM], or [rows, keyValueHeads HEAD_DIM] for k and v, with rows = batch time;
// o and dl are [batch, heads, time]. A team of lanes has a token's part of a head in registers.
#include "numbers.cuh"

constexpr int THREADS = 256;

// Numbers that a lane reads and writes at a time, runs of them in a row, lanes in a team, and runs that a lane holds.
constexpr int RUN = runOf<Element>(HEAD_DIM);
constexpr int RUNS = HEAD_DIM / RUN;
constexpr int LANES = RUNS > 16 ? 32 : RUNS > 8 ? 16 : RUNS > 4 ? 8 : RUNS > 2 ? 4 : RUNS;
constexpr int HELD = (RUNS + LANES - 1) / LANES;
constexpr int TEAMS = THREADS / LANES;

__device__ __forceinline__ int laneOfTeam() { return threadIdx.x % LANES; }

__device__ __forceinline__ int teamOfBlock() { return threadIdx.x / LANES; }

__device__ __forceinline__ int team() { return blockIdx.x * TEAMS + teamOfBlock(); }

// Over the team, the same in every lane, in a fixed order; other teams of the warp need not be there.
template <typename F> __device__ __forceinline__ float overTeam(float x, F combine) {
    unsigned mask = LANES == 32 ? 0xffffffffu : (1u << LANES) - 1 << threadIdx.x % 32 / LANES * LANES;
    #pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
        x = combine(x, __shfl_xor_sync(mask, x, distance));
    }
    return x;
}

// A lane's numbers of a row of HEAD_DIM.
struct Part {
    float values[HELD][RUN];

    // f(where the lane's run begins in the row, its numbers) where the row has it.
    template <typename F> __device__ __forceinline__ void forEachRun(F f) {
        #pragma unroll
        for (int i = 0; i < HELD; i++) {
            int run = laneOfTeam() + i * LANES;
            if (RUNS % LANES == 0 || run < RUNS) {
                f(run * RUN, values[i]);
            }
        }
    }

    // f(number&) of all numbers, those beyond the row's end among them.
    template <typename F> __device__ __forceinline__ void forEach(F f) {
        #pragma unroll
        for (int i = 0; i < HELD; i++) {
            #pragma unroll
            for (int e = 0; e < RUN; e++) {
                f(values[i][e]);
            }
        }
    }

    // f(own number&, other's number) of all numbers.
    template <typename F> __device__ __forceinline__ void with(const Part& other, F f) {
        #pragma unroll
        for (int i = 0; i < HELD; i++) {
            #pragma unroll
            for (int e = 0; e < RUN; e++) {
                f(values[i][e], other.values[i][e]);
            }
        }
    }

    __device__ __forceinline__ void fill(float x) {
        forEach([=](float& value) { value = x; });
    }

    template <typename T> __device__ __forceinline__ void storeTo(T* row) {
        forEachRun([=](int first, float (&from)[RUN]) { store<RUN>(row + first, from); });
    }

    __device__ __forceinline__ void addScaled(float scale, const Part& other) {
        with(other, [=](float& own, float x) { own = fmaf(scale, x, own); });
    }

    // The lane's share of the dot product.
    __device__ __forceinline__ float dot(const Part& other) {
        float sum = 0;
        with(other, [&](float own, float x) { sum = fmaf(own, x, sum); });
        return sum;
    }
};

// The lane's part of a row; beyond the row's end there is `beyond`.
template <typename T> __device__ __forceinline__ Part part(const T* row, float beyond = 0) {
    Part loaded;
    if (RUNS % LANES != 0) {
        loaded.fill(beyond);
    }
    loaded.forEachRun([=](int first, float (&to)[RUN]) { load<RUN>(to, row + first); });
    return loaded;
}

__device__ __forceinline__ float teamSum(float x) {
    return overTeam(x, [](float a, float b) { return a + b; });
}

__device__ __forceinline__ float teamMax(float x) {
    return overTeam(x, [](float a, float b) { return fmaxf(a, b); });
}

// Where a token's part of a head lies in rows of `heads` heads.
__device__ __forceinline__ long long partOf(int row, int head, int heads) {
    return ((long long) row * heads + head) * HEAD_DIM;
}

// Where a token's number of a head lies in [batch, heads, time].
__device__ __forceinline__ long long stepOf(int row, int head, int heads, int time) {
    return ((long long) (row / time) * heads + head) * time + row % time;
}

// softmax of each of `count` parts of HEAD_DIM, in place.
extern "C" __global__ void __launch_bounds__(THREADS) feature_softmax(Element* features, int count) {
    if (team() >= count) {
        return;
    }
    Element* row = features + (long long) team() * HEAD_DIM;
    Part logits = part(row, -__int_as_float(0x7f800000));
    float max = logits.values[0][0];
    logits.forEach([&](float& value) { max = fmaxf(max, value); });
    max = teamMax(max);
    float sum = 0;
    logits.forEach([&](float& value) {
        value = __expf(value - max);
        sum += value;
    });
    float scale = 1 / teamSum(sum);
    logits.forEach([=](float& value) { value *= scale; });
    logits.storeTo(row);
}

// dphi becomes du, in `count` parts.
extern "C" __global__ void __launch_bounds__(THREADS) feature_softmax_gradient(Element* gradient,
        const Element* __restrict__ features, int count) {
    if (team() >= count) {
        return;
    }
    Element* row = gradient + (long long) team() * HEAD_DIM;
    Part upstream = part(row);
    Part phi = part(features + (long long) team() * HEAD_DIM);
    float mean = teamSum(upstream.dot(phi));
    upstream.with(phi, [=](float& own, float x) { own = x * (own - mean); });
    upstream.storeTo(row);
}

// A team a token and head, count = rows heads. Writes o and h.
extern "C" __global__ void __launch_bounds__(THREADS) mix(const Element* __restrict__ query,
        const Element* __restrict__ key, const Element* __restrict__ value, const Element* __restrict__ mlstm,
        const Element* __restrict__ window, const Weight* __restrict__ weight, const Weight* __restrict__ bias,
        Element* __restrict__ hidden, Element* __restrict__ gate, int heads, int keyValueHeads, int time, int count) {
    if (team() >= count) {
        return;
    }
    int row = team() / heads;
    int head = team() % heads;
    long long own = partOf(row, head, heads);
    long long shared = partOf(row, head / (heads / keyValueHeads), keyValueHeads);
    Part q = part(query + own);
    Part k = part(key + shared);
    Part v = part(value + shared);
    Part y = part(mlstm + own);
    Part w = part(window + own);
    const Weight* ofHead = weight + (long long) head * 3 * HEAD_DIM;
    float logit = q.dot(part(ofHead)) + k.dot(part(ofHead + HEAD_DIM)) + v.dot(part(ofHead + 2 * HEAD_DIM));
    logit = teamSum(logit) + toFloat(bias[head]);
    float share = 1 / (1 + __expf(-logit));
    w.with(y, [=](float& from, float to) { from = fmaf(share, to - from, from); });
    w.storeTo(hidden + own);
    if (laneOfTeam() == 0) {
        gate[stepOf(row, head, heads, time)] = fromFloat<Element>(share);
    }
}

// A team a token and head, count = rows heads. Writes dy, dw and dl, the latter in float; dGate is null where it is 0.
extern "C" __global__ void __launch_bounds__(THREADS) unmix(const Element* __restrict__ dHidden,
        const Element* __restrict__ dGate, const Element* __restrict__ gate, const Element* __restrict__ mlstm,
        const Element* __restrict__ window, Element* __restrict__ dMlstm, Element* __restrict__ dWindow,
        float* __restrict__ dLogits, int heads, int time, int count) {
    if (team() >= count) {
        return;
    }
    int row = team() / heads;
    int head = team() % heads;
    long long own = partOf(row, head, heads);
    long long step = stepOf(row, head, heads, time);
    Part upstream = part(dHidden + own);
    Part y = part(mlstm + own);
    Part w = part(window + own);
    float share = toFloat(gate[step]);
    float dShare = teamSum(upstream.dot(y) - upstream.dot(w));
    y.with(upstream, [=](float& to, float x) { to = share * x; });
    w.with(upstream, [=](float& to, float x) { to = (1 - share) * x; });
    y.storeTo(dMlstm + own);
    w.storeTo(dWindow + own);
    if (laneOfTeam() == 0) {
        dShare += dGate == nullptr ? 0 : toFloat(dGate[step]);
        dLogits[step] = dShare * share * (1 - share);
    }
}

// A team a token and shared head, count = rows sharedHeads. Adds the output gate's part, that of q, k or v, to dx
// [rows, sharedHeads HEAD_DIM], and `others`, gradients of v by head, [rows, heads HEAD_DIM], where they are not null.
// `weight` points to the part of head 0 that belongs to x, of [heads, 3 HEAD_DIM].
extern "C" __global__ void __launch_bounds__(THREADS) gate_gradient(const float* __restrict__ dLogits,
        const Weight* __restrict__ weight, const Element* __restrict__ others, Element* __restrict__ dx, int heads,
        int sharedHeads, int time, int count) {
    if (team() >= count) {
        return;
    }
    int row = team() / sharedHeads;
    int shared = team() % sharedHeads;
    int group = heads / sharedHeads;
    Element* to = dx + partOf(row, shared, sharedHeads);
    Part sum = part(to);
    #pragma unroll 4
    for (int head = shared * group; head < (shared + 1) * group; head++) {
        float dLogit = dLogits[stepOf(row, head, heads, time)];
        sum.addScaled(dLogit, part(weight + (long long) head * 3 * HEAD_DIM));
        if (others != nullptr) {
            sum.addScaled(1, part(others + partOf(row, head, heads)));
        }
    }
    sum.storeTo(to);
}

// Sums over the block's teams, in their order, of what each has in `ofTeam`, to [HEAD_DIM].
__device__ __forceinline__ void sumOverTeams(Part& ofTeam, float* to) {
    __shared__ __align__(16) float ofTeams[TEAMS][HEAD_DIM];
    ofTeam.storeTo(ofTeams[teamOfBlock()]);
    __syncthreads();
    for (int i = threadIdx.x; i < HEAD_DIM; i += THREADS) {
        float sum = 0;
        for (int other = 0; other < TEAMS; other++) {
            sum += ofTeams[other][i];
        }
        to[i] = sum;
    }
    __syncthreads();
}

// Block (head, b) of (heads, blocks) sums dl x over its share of the tokens, x being q, k or v, [rows, sharedHeads
// HEAD_DIM], and dl where dBias is not null. dWeight, which points to the part of head 0 that belongs to x, of [blocks,
// heads, 3 HEAD_DIM], and dBias [blocks, heads] are to be summed over the blocks.
extern "C" __global__ void __launch_bounds__(THREADS) gate_weight_gradient(const float* __restrict__ dLogits,
        const Element* __restrict__ x, float* __restrict__ dWeight, float* __restrict__ dBias, int heads,
        int sharedHeads, int time, int rows) {
    __shared__ float ofWarps[THREADS / 32];
    int head = blockIdx.x;
    int shared = head / (heads / sharedHeads);
    int share = (rows + gridDim.y - 1) / gridDim.y;
    int end = min(rows, (int) (blockIdx.y + 1) * share);
    Part sum;
    sum.fill(0);
    float sumOfLogits = 0;
    #pragma unroll 4
    for (int row = blockIdx.y * share + teamOfBlock(); row < end; row += TEAMS) {
        float dLogit = dLogits[stepOf(row, head, heads, time)];
        sum.addScaled(dLogit, part(x + partOf(row, shared, sharedHeads)));
        sumOfLogits += dLogit;
    }
    int ofHead = blockIdx.y * heads + head;
    sumOverTeams(sum, dWeight + (long long) ofHead * 3 * HEAD_DIM);
    float bias = blockSum<THREADS / 32>(laneOfTeam() == 0 ? sumOfLogits : 0, ofWarps);
    if (threadIdx.x == 0 && dBias != nullptr) {
        dBias[ofHead] = bias;
    }
}

// The input gates' weights and then the forget gates', `length` numbers of either, as one matrix.
extern "C" __global__ void __launch_bounds__(THREADS) join_weights(const Weight* __restrict__ first,
        const Weight* __restrict__ second, Element* __restrict__ to, int length) {
    int i = blockIdx.x * THREADS + threadIdx.x;
    if (i < 2 * length) {
        to[i] = fromFloat<Element>(toFloat(i < length ? first[i] : second[i - length]));
    }
}

// The other way, for their gradients.
extern "C" __global__ void __launch_bounds__(THREADS) split_weights(const float* __restrict__ from,
        Weight* __restrict__ first, Weight* __restrict__ second, int length) {
    int i = blockIdx.x * THREADS + threadIdx.x;
    if (i < 2 * length) {
        (i < length ? first + i : second + i - length)[0] = fromFloat<Weight>(from[i]);
    }
}

// Adds the biases to the pre-activations of the input gates and the forget gates, [rows, 2 heads].
extern "C" __global__ void __launch_bounds__(THREADS) add_gate_biases(float* __restrict__ gates,
        const Weight* __restrict__ inputBias, const Weight* __restrict__ forgetBias, int heads, int rows) {
    long long i = (long long) blockIdx.x * THREADS + threadIdx.x;
    if (i < (long long) rows * 2 * heads) {
        int column = i % (2 * heads);
        gates[i] += toFloat(column < heads ? inputBias[column] : forgetBias[column - heads]);
    }
}

// Block (32 columns, b) of threads (32, 8) rounds the gates' gradients, [rows, 2 heads], for products, and sums its
// share of the tokens: dInputBias and dForgetBias [blocks, heads] are to be summed over blocks.
extern "C" __global__ void __launch_bounds__(THREADS) input_gates_gradient(const float* __restrict__ dGates,
        Element* __restrict__ rounded, float* __restrict__ dInputBias, float* __restrict__ dForgetBias, int heads,
        int rows) {
    __shared__ float sums[8][32];
    int column = blockIdx.x * 32 + threadIdx.x;
    int share = (rows + gridDim.y - 1) / gridDim.y;
    int end = min(rows, (int) (blockIdx.y + 1) * share);
    float sum = 0;
    if (column < 2 * heads) {
        for (int row = blockIdx.y * share + threadIdx.y; row < end; row += 8) {
            long long at = (long long) row * 2 * heads + column;
            rounded[at] = fromFloat<Element>(dGates[at]);
            sum += dGates[at];
        }
    }
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && column < 2 * heads) {
        float total = 0;
        #pragma unroll
        for (int i = 0; i < 8; i++) {
            total += sums[i][threadIdx.x];
        }
        (column < heads ? dInputBias + column : dForgetBias + column - heads)[blockIdx.y * heads] = total;
    }
}
