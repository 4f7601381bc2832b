// The gradients that come through the read h = N / denominator(n) of every step: with r = 1 / denominator(n) and
// e = -(dh h) denominator'(n), dN = r dh and dn = r e; that of the max is -(dh h) r eps, for the clamped read, not
// stabilised, has eps e^max in its denominator.
#include "mlstm.cuh"

constexpr int READ_WARPS = 8;
constexpr int STEPS_PER_WARP = 8;
// The lanes that share a row, and the rows that a warp reads at once.
constexpr bool IS_VECTORS = VALUE_DIM % PER_VECTOR<Element> == 0;
constexpr int LANES = IS_VECTORS && VALUES / PER_VECTOR<Element> < 32 ? VALUES / PER_VECTOR<Element> : 32;
constexpr int AT_ONCE = 32 / LANES < STEPS_PER_WARP ? 32 / LANES : STEPS_PER_WARP;

// dh h, the same in the LANES lanes of a row.
__device__ __forceinline__ float alongHidden(const Element* dHidden, const Element* hidden) {
    int lane = threadIdx.x % LANES;
    float sum = 0;
    if constexpr (IS_VECTORS) {
        #pragma unroll
        for (int i = lane; i < VALUE_DIM / PER_VECTOR<Element>; i += LANES) {
            auto x = reinterpret_cast<const Vector<Element>*>(dHidden)[i];
            auto y = reinterpret_cast<const Vector<Element>*>(hidden)[i];
            #pragma unroll
            for (int e = 0; e < PER_VECTOR<Element>; e++) {
                sum += x.get(e) * y.get(e);
            }
        }
    } else {
        for (int i = lane; i < VALUE_DIM; i += LANES) {
            sum += toFloat(dHidden[i]) * toFloat(hidden[i]);
        }
    }
    #pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
        sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    }
    return sum;
}

// A warp for STEPS_PER_WARP steps of a head; blocks: batch * heads along x, steps along y. Writes reads but its flows.
extern "C" __global__ void __launch_bounds__(32 * READ_WARPS) reads(const Element* hidden, const Element* dHidden,
        const float* products, const float* plan, float keyScale, float* reads, int heads, int time) {
    Place at(blockIdx.x, 0, heads, time);
    long long steps = (long long) gridDim.x * time;
    int first = (blockIdx.y * READ_WARPS + threadIdx.x / 32) * STEPS_PER_WARP;
    int lane = threadIdx.x % 32;
    float mine = 0;
    #pragma unroll
    for (int i = 0; i < STEPS_PER_WARP; i += AT_ONCE) {
        int t = min(first + i + lane / LANES % AT_ONCE, time - 1);
        long long row = ((at.token + t) * heads + at.head) * VALUE_DIM;
        float along = alongHidden(dHidden + row, hidden + row);
        // Lane t has charge of step t.
        float handed = __shfl_sync(0xffffffffu, along, (lane - i) * LANES);
        mine = lane >= i && lane < i + AT_ONCE ? handed : mine;
    }
    int t = first + lane;
    if (lane < STEPS_PER_WARP && t < time) {
        long long step = at.step + t;
        float product = products[step];
        float inverseMax = plan[INVERSE_MAX * steps + step];
        float inverse = 1 / denominator(product, inverseMax);
        reads[INVERSE * steps + step] = inverse;
        reads[D_PRODUCT * steps + step] = -mine * denominatorSlope(product, inverseMax);
        reads[QUERY_WEIGHT * steps + step] = keyScale * plan[CARRIED * steps + step] * inverse;
        reads[D_MAX * steps + step] = CLAMPED ? -mine * inverse * EPS : 0;
    }
}
