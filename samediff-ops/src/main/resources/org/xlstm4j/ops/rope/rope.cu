// Rotary position embedding: with each pair a, b of entries i and i + HALF of a head, and its row's cos[i] and sin[i],
//     y_a = a cos − b sin,    y_b = b cos + a sin
// or, backwards, the same with −sin, which is the gradient. x, y: [rows, heads * 2 * HALF]; cos, sin: [rows, HALF].
#include "numbers.cuh"
#include "chain.cuh"

constexpr int RUN = runOf<Element>(HALF);
constexpr int RUNS = HALF / RUN;

CHAINED(rope);

// y may be x. Block: any x threads along a row, times y rows; grid: rows / y, rounded up.
extern "C" __global__ void rope(const Element* x, const Weight* cos, const Weight* sin, Element* y, int rows,
                                int heads, int back) {
    waitForInputs();
    long long row = (long long) blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= rows) {
        return;
    }
    for (int run = threadIdx.x; run < heads * RUNS; run += blockDim.x) {
        int i = run % RUNS * RUN;
        long long at = (row * heads + run / RUNS) * 2 * HALF + i;
        float a[RUN], b[RUN], c[RUN], s[RUN];
        load<RUN>(a, x + at);
        load<RUN>(b, x + at + HALF);
        load<RUN>(c, cos + row * HALF + i);
        load<RUN>(s, sin + row * HALF + i);
        #pragma unroll
        for (int k = 0; k < RUN; k++) {
            float sine = back ? -s[k] : s[k];
            float turned = a[k] * c[k] - b[k] * sine;
            b[k] = b[k] * c[k] + a[k] * sine;
            a[k] = turned;
        }
        store<RUN>(y + at, a);
        store<RUN>(y + at + HALF, b);
    }
}
