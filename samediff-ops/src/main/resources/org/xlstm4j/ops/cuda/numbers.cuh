// Runs of numbers, read and written at once and held as floats in registers; how kernels that only pass over memory do.
#pragma once
#include "types.cuh"

template <int BYTES> struct WordOf;
template <> struct WordOf<2> { using Type = unsigned short; };
template <> struct WordOf<4> { using Type = unsigned; };
template <> struct WordOf<8> { using Type = uint2; };
template <> struct WordOf<16> { using Type = uint4; };

// What N numbers are read and written by: all of them at once up to 16 bytes.
template <typename T, int N> using Word = typename WordOf<(N * sizeof(T) < 16 ? N * sizeof(T) : 16)>::Type;

// Left to itself, the compiler splits some of these stores.
__device__ __forceinline__ void storeWord(uint4* to, uint4 word) {
    asm volatile("st.v4.b32 [%0], {%1, %2, %3, %4};" :: "l"(to), "r"(word.x), "r"(word.y), "r"(word.z), "r"(word.w)
        : "memory");
}

__device__ __forceinline__ void storeWord(uint2* to, uint2 word) {
    asm volatile("st.v2.b32 [%0], {%1, %2};" :: "l"(to), "r"(word.x), "r"(word.y) : "memory");
}

template <typename W> __device__ __forceinline__ void storeWord(W* to, W word) { *to = word; }

// The most numbers that fit 16 bytes of T and of which rows of this width, which begin anywhere, are a multiple.
template <typename T> __device__ constexpr int runOf(int width) {
    int run = PER_VECTOR<T>;
    while (width % run != 0) {
        run /= 2;
    }
    return run;
}

// x[0 .. N) from an address that is a multiple of N numbers, as runOf has them; N is a power of two.
template <int N, typename T> __device__ __forceinline__ void load(float* x, const T* from) {
    alignas(16) T numbers[N];
    #pragma unroll
    for (int i = 0; i < N * sizeof(T) / sizeof(Word<T, N>); i++) {
        reinterpret_cast<Word<T, N>*>(numbers)[i] = reinterpret_cast<const Word<T, N>*>(from)[i];
    }
    #pragma unroll
    for (int i = 0; i < N; i++) {
        x[i] = toFloat(numbers[i]);
    }
}

template <int N, typename T> __device__ __forceinline__ void store(T* to, const float* x) {
    alignas(16) T numbers[N];
    if constexpr (sizeof(T) == 2 && N > 1) {
        #pragma unroll
        for (int i = 0; i < N; i += 2) {
            reinterpret_cast<unsigned*>(numbers)[i / 2] = pack<T>(x[i], x[i + 1]);
        }
    } else {
        #pragma unroll
        for (int i = 0; i < N; i++) {
            numbers[i] = fromFloat<T>(x[i]);
        }
    }
    #pragma unroll
    for (int i = 0; i < N * sizeof(T) / sizeof(Word<T, N>); i++) {
        storeWord(reinterpret_cast<Word<T, N>*>(to) + i, reinterpret_cast<Word<T, N>*>(numbers)[i]);
    }
}

// What a thread has to visit of an array: calls f for every run of N numbers, with the index of its first, then f1 for
// what is left, number by number. Any grid of blocks with threads along x.
template <int N, typename F, typename F1> __device__ __forceinline__ void forEachRun(long long length, F f, F1 f1) {
    long long thread = (long long) blockIdx.x * blockDim.x + threadIdx.x;
    long long threads = (long long) gridDim.x * blockDim.x;
    long long runs = length / N;
    for (long long run = thread; run < runs; run += threads) {
        f(run * N);
    }
    for (long long i = runs * N + thread; i < length; i += threads) {
        f1(i);
    }
}
