// cos and sin [rows, pairs] of the angles positions [rows] · frequencies [pairs], times a factor. All float.
#include "types.cuh"
#include "chain.cuh"

CHAINED(rope_tables);

// Grid and block: a thread an entry, along x.
extern "C" __global__ void rope_tables(const float* positions, const float* frequencies, float factor, float* cos,
                                       float* sin, int rows, int pairs) {
    waitForInputs();
    long long i = (long long) blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (long long) rows * pairs) {
        float angle = positions[i / pairs] * frequencies[i % pairs];
        float c;
        float s;
        sincosf(angle, &s, &c);
        cos[i] = c * factor;
        sin[i] = s * factor;
    }
}
