// The sum of two arrays of Elements, in float.
#include "numbers.cuh"

constexpr int RUN = 8;

extern "C" __global__ void add(const Element* a, const Element* b, Element* sum, long long length) {
    forEachRun<RUN>(length, [=](long long i) {
        float x[RUN];
        float y[RUN];
        load<RUN>(x, a + i);
        load<RUN>(y, b + i);
        #pragma unroll
        for (int j = 0; j < RUN; j++) {
            x[j] += y[j];
        }
        store<RUN>(sum + i, x);
    }, [=](long long i) {
        sum[i] = fromFloat<Element>(toFloat(a[i]) + toFloat(b[i]));
    });
}
