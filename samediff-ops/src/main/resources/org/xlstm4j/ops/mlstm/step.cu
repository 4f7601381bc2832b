// One step of the mLSTM from a given memory, for decoding: m' = max(log sigma(f) + m, i), S' = a S + b k v^T and
// z' = a z + b k with a = exp(log sigma(f) + m - m') and b = exp(i - m'), h = scale q S' / denominator(scale q z').
#include "mlstm.cuh"

// A block's columns of the memory, four a thread, and rows in parallel.
constexpr int STEP_COLUMNS = 32;
constexpr int COLUMN_GROUPS = STEP_COLUMNS / 4;
constexpr int STEP_THREADS = 256;
constexpr int ROW_GROUPS = STEP_THREADS / COLUMN_GROUPS;

struct Weights {
    double max;
    float kept, added;

    __device__ __forceinline__ Weights(double maxBefore, double inputGate, double forgetGate) {
        double carried = fmin(forgetGate, 0.0) - log(1 + exp(-fabs(forgetGate))) + maxBefore;
        max = fmax(carried, inputGate);
        kept = expf((float) (carried - max));
        added = expf((float) (inputGate - max));
    }
};

// Up to four neighbours of a row of VALUE_DIM numbers.
struct alignas(16) Four {
    float v[4];

    __device__ __forceinline__ void load(const float* row, int column) {
        if constexpr (VALUE_DIM % 4 == 0) {
            if (column < VALUE_DIM) {
                *reinterpret_cast<float4*>(v) = *reinterpret_cast<const float4*>(row + column);
            }
        } else {
            for (int i = 0; i < 4; i++) {
                v[i] = column + i < VALUE_DIM ? row[column + i] : 0;
            }
        }
    }

    __device__ __forceinline__ void store(float* row, int column) const {
        if constexpr (VALUE_DIM % 4 == 0) {
            if (column < VALUE_DIM) {
                *reinterpret_cast<float4*>(row + column) = *reinterpret_cast<const float4*>(v);
            }
        } else {
            for (int i = 0; i < 4; i++) {
                if (column + i < VALUE_DIM) {
                    row[column + i] = v[i];
                }
            }
        }
    }
};

// Blocks: batch * heads along x, VALUE_DIM / STEP_COLUMNS, rounded up, along y. The state is float: memory
// [batch, heads, KEY_DIM, VALUE_DIM], normalizer [batch, heads, KEY_DIM], max [batch, heads]; the next one lies
// elsewhere. product, q z', [batch, heads], may be null.
extern "C" __global__ void __launch_bounds__(STEP_THREADS) step(const Element* query, const Element* key,
        const Element* value, int group, const Gate* inputGate, const Gate* forgetGate, long long gateStride,
        const float* memory, const float* normalizer, const float* max, float keyScale, Element* hidden,
        float* product, float* nextMemory, float* nextNormalizer, float* nextMax, int heads) {
    __shared__ float queries[KEY_DIM], keys[KEY_DIM], sums[STEP_THREADS / 32];
    __shared__ float numerators[ROW_GROUPS][STEP_COLUMNS];
    int row = blockIdx.x / heads;
    int head = blockIdx.x % heads;
    long long rowHead = blockIdx.x;
    long long gate = row * gateStride + head;
    Weights weights(max[rowHead], toFloat(inputGate[gate]), toFloat(forgetGate[gate]));
    bool first = blockIdx.y == 0;

    float sum = 0;
    for (int i = threadIdx.x; i < KEY_DIM; i += STEP_THREADS) {
        queries[i] = keyScale * toFloat(query[rowHead * KEY_DIM + i]);
        keys[i] = weights.added * toFloat(key[rowHead * KEY_DIM + i]);
        float next = weights.kept * normalizer[rowHead * KEY_DIM + i] + keys[i];
        sum += queries[i] * next;
        if (first) {
            nextNormalizer[rowHead * KEY_DIM + i] = next;
        }
    }
    float n = blockSum<STEP_THREADS / 32>(sum, sums);
    if (first && threadIdx.x == 0) {
        nextMax[rowHead] = (float) weights.max;
        if (product) {
            product[rowHead] = n;
        }
    }

    int columnInBlock = threadIdx.x % COLUMN_GROUPS * 4;
    int column = blockIdx.y * STEP_COLUMNS + columnInBlock;
    int rowGroup = threadIdx.x / COLUMN_GROUPS;
    const Element* values = value + ((long long) row * (heads / group) + head / group) * VALUE_DIM;
    float v[4];
    for (int i = 0; i < 4; i++) {
        v[i] = column + i < VALUE_DIM ? toFloat(values[column + i]) : 0;
    }
    float numerator[4] = {};
    #pragma unroll 4
    for (int i = rowGroup; i < KEY_DIM; i += ROW_GROUPS) {
        long long at = (rowHead * KEY_DIM + i) * VALUE_DIM;
        Four state = {};
        state.load(memory + at, column);
        for (int j = 0; j < 4; j++) {
            state.v[j] = weights.kept * state.v[j] + keys[i] * v[j];
            numerator[j] += queries[i] * state.v[j];
        }
        state.store(nextMemory + at, column);
    }
    for (int j = 0; j < 4; j++) {
        numerators[rowGroup][columnInBlock + j] = numerator[j];
    }
    __syncthreads();
    int i = threadIdx.x;
    if (i < STEP_COLUMNS && blockIdx.y * STEP_COLUMNS + i < VALUE_DIM) {
        float total = 0;
        for (int group = 0; group < ROW_GROUPS; group++) {
            total += numerators[group][i];
        }
        float inverse = 1 / denominator(n, (float) exp(-weights.max));
        hidden[rowHead * VALUE_DIM + blockIdx.y * STEP_COLUMNS + i] = fromFloat<Element>(total * inverse);
    }
}
