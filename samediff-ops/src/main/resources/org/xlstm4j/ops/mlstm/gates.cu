// What the gates of a head say of its steps (the planes of mlstm.cuh), and their gradients.
//
// The true max of the memory is m_t = max(m_(t-1) + log sigma(f_t), i_t), or i_t where a document begins. It is a scan:
// a stretch of steps turns a max m into max(m + decay, own max).
#include "mlstm.cuh"
#include "scan.cuh"

constexpr int TILE = 512;
constexpr int TILE_WARPS = TILE / 32;
constexpr double LOG2_E = 1.4426950408889634;

static_assert(TILE % CHUNK == 0, "tiles are of whole chunks");

struct Stretch {
    double decay, max;
    int begins, padding;

    __device__ __forceinline__ Stretch then(const Stretch& next) const {
        double joined = next.begins ? next.max : fmax(max + next.decay, next.max);
        return {decay + next.decay, joined, begins | next.begins, 0};
    }
};

// To 1e-16, absolutely: it is added to numbers of magnitude 1.
__device__ __forceinline__ double logSigmoid(double x) {
    return fmin(x, 0.0) - log(1 + exp(-fabs(x)));
}

__device__ __forceinline__ void storeExponent(float* high, float* low, double exponent) {
    double power = exponent * LOG2_E;
    *high = (float) power;
    *low = (float) (power - *high);
}

// A tile of steps, with what comes before each chunk of it in the place before.
struct Tile {
    double decay[TILE + 1], max[TILE + 1];
    int documentStart[TILE];
    Stretch warps[TILE_WARPS];
};

// Writes step t = first + i of the tile.
__device__ __forceinline__ void storeStep(const Tile& tile, int i, int first, int time, double gate, float* plan,
                                          long long steps, float* kept) {
    int chunkBegin = i / CHUNK * CHUNK;
    int last = min(chunkBegin + CHUNK, time - first) - 1;
    double before = tile.decay[chunkBegin];
    double maxBefore = tile.max[chunkBegin];
    double decay = tile.decay[i + 1] - before;
    double exponent = gate - decay;
    double max = tile.max[i + 1] - decay;
    double lastMax = tile.max[last + 1] - (tile.decay[last + 1] - before);
    int start = tile.documentStart[i];
    int lastStart = tile.documentStart[last];

    storeExponent(plan + EXPONENT * steps, plan + EXPONENT_LOW * steps, exponent);
    storeExponent(plan + MAX * steps, plan + MAX_LOW * steps, max);
    plan[CARRIED * steps] = beganBefore(start, first + chunkBegin) ? expf((float) (maxBefore - max)) : 0;
    plan[ADDED * steps] = start == lastStart ? expf((float) (exponent - lastMax)) : 0;
    plan[INVERSE_MAX * steps] = (float) exp(-tile.max[i + 1]);
    plan[GATE_IS_MAX * steps] = tile.max[i + 1] == gate;
    if (i == chunkBegin) {
        *kept = beganBefore(lastStart, first + chunkBegin) ? expf((float) (maxBefore - lastMax)) : 0;
    }
}

// Writes the plan: its planes, each [batch, heads, time], then what the memory before a chunk weighs in that after it,
// exp(m - M_last), [batch, heads, chunks]. A block a head and row of the batch.
extern "C" __global__ void __launch_bounds__(TILE) gates(const Gate* inputGate, const Gate* forgetGate,
        long long gateStride, const int* documentStarts, const float* initialMax, float* plan, float* finalMax,
        int heads, int time) {
    __shared__ Tile tile;
    Place at(blockIdx.x, 0, heads, time);
    long long steps = (long long) gridDim.x * time;
    float* kept = plan + PLAN_PLANES * steps + at.rowHeadChunk;
    int i = threadIdx.x;
    double before = initialMax ? initialMax[at.rowHead] : -infinity();
    for (int first = 0; first < time; first += TILE) {
        int t = first + i;
        long long token = at.token + t;
        double gate = 0;
        Stretch stretch = {0, -infinity(), 0, 0};
        int start = 0;
        if (t < time) {
            start = documentStarts ? documentStarts[token] : 0;
            gate = toFloat(inputGate[token * gateStride + at.head]);
            stretch = {logSigmoid(toFloat(forgetGate[token * gateStride + at.head])), gate, t > 0 && start == t, 0};
        }
        stretch = blockScan<TILE_WARPS>(stretch, tile.warps);
        tile.documentStart[i] = start;
        tile.decay[i + 1] = stretch.decay;
        tile.max[i + 1] = stretch.begins ? stretch.max : fmax(before + stretch.decay, stretch.max);
        if (i == 0) {
            tile.decay[0] = 0;
            tile.max[0] = before;
        }
        __syncthreads();
        if (t < time) {
            storeStep(tile, i, first, time, gate, plan + at.step + t, steps, kept + t / CHUNK);
        }
        before = tile.max[TILE];
        __syncthreads();
    }
    if (finalMax && i == 0) {
        finalMax[at.rowHead] = (float) before;
    }
}

// The gradient of the max that has come over a stretch of steps, against time.
struct MaxGradient {
    float sum;
    int ends;

    __device__ __forceinline__ MaxGradient then(const MaxGradient& next) const {
        return {next.ends ? next.sum : sum + next.sum, ends | next.ends};
    }
};

// Adds to the flows what goes through the max: the gradient of a max goes to the gate that is it, or over the forget
// gate to the max before. A block a head and row of the batch; time is gone through backwards.
extern "C" __global__ void __launch_bounds__(TILE) gateGradients(const Gate* forgetGate, long long gateStride,
        const float* plan, const float* reads, const float* dFinalMax, Gate* dInputGate, Gate* dForgetGate,
        float* dInitialMax, int heads, int time) {
    __shared__ MaxGradient warps[TILE_WARPS];
    __shared__ float lastGradient;
    Place at(blockIdx.x, 0, heads, time);
    long long steps = (long long) gridDim.x * time;
    const float* gateIsMax = plan + GATE_IS_MAX * steps + at.step;
    float after = dFinalMax ? dFinalMax[at.rowHead] : 0;
    for (int last = time - 1; last >= 0; last -= TILE) {
        int t = last - (int) threadIdx.x;
        MaxGradient gradient = {0, 0};
        if (t >= 0) {
            gradient = {reads[D_MAX * steps + at.step + t], t + 1 < time && gateIsMax[t + 1] != 0};
        }
        gradient = blockScan<TILE_WARPS>(gradient, warps);
        float dMax = gradient.ends ? gradient.sum : after + gradient.sum;
        if (t >= 0) {
            bool toGate = gateIsMax[t] != 0;
            float dInput = reads[INPUT_FLOW * steps + at.step + t] + (toGate ? dMax : 0);
            float dLogForget = reads[FORGET_FLOW * steps + at.step + t] + (toGate ? 0 : dMax);
            long long to = (at.token + t) * gateStride + at.head;
            dInputGate[to] = fromFloat<Gate>(dInput);
            dForgetGate[to] = fromFloat<Gate>(dLogForget / (1 + expf(toFloat(forgetGate[to]))));
            if (t == 0 && dInitialMax) {
                dInitialMax[at.rowHead] = toGate ? 0 : dMax;
            }
        }
        if (threadIdx.x == TILE - 1) {
            lastGradient = dMax;
        }
        __syncthreads();
        after = lastGradient;
    }
}
