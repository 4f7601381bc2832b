// SwiGLU between its products, entry by entry: with s = 1 / (1 + e^−gate),
//     act = gate s up
//     dUp = dAct gate s,    dGate = dAct up s (1 + gate (1 − s))
// Where e^−gate overflows, s is 0; nothing is infinite then.
#include "numbers.cuh"

__device__ __forceinline__ float sigmoid(float x) {
    return __fdividef(1, 1 + __expf(-x));
}

template <int N> __device__ __forceinline__ void activate(const Element* gate, const Element* up, Element* act) {
    float g[N];
    float u[N];
    load<N>(g, gate);
    load<N>(u, up);
    #pragma unroll
    for (int i = 0; i < N; i++) {
        u[i] *= g[i] * sigmoid(g[i]);
    }
    store<N>(act, u);
}

// Grid and block: any, along x.
extern "C" __global__ void swiglu(const Element* gate, const Element* up, Element* act, long long length) {
    constexpr int N = PER_VECTOR<Element>;
    forEachRun<N>(length, [&](long long i) { activate<N>(gate + i, up + i, act + i); },
        [&](long long i) { activate<1>(gate + i, up + i, act + i); });
}

template <int N> __device__ __forceinline__ void differentiate(const Element* dAct, const Element* gate,
                                                               const Element* up, Element* dGate, Element* dUp,
                                                               Element* act) {
    float d[N];
    float g[N];
    float u[N];
    load<N>(d, dAct);
    load<N>(g, gate);
    load<N>(u, up);
    #pragma unroll
    for (int i = 0; i < N; i++) {
        float s = sigmoid(g[i]);
        float silu = g[i] * s;
        g[i] = d[i] * u[i] * (s + silu * (1 - s));
        d[i] *= silu;
        u[i] *= silu;
    }
    store<N>(dGate, g);
    store<N>(dUp, d);
    store<N>(act, u);
}

// The gradients, and act once more; each output may be one of the inputs. Grid and block: any, along x.
extern "C" __global__ void swiglu_gradient(const Element* dAct, const Element* gate, const Element* up, Element* dGate,
                                           Element* dUp, Element* act, long long length) {
    constexpr int N = PER_VECTOR<Element>;
    forEachRun<N>(length,
        [&](long long i) { differentiate<N>(dAct + i, gate + i, up + i, dGate + i, dUp + i, act + i); },
        [&](long long i) { differentiate<1>(dAct + i, gate + i, up + i, dGate + i, dUp + i, act + i); });
}
