// Products of tiles in shared memory by a warp, accumulated in float registers. Three ways, one interface:
// tensor cores on bf16 and fp16 (from sm_80), tensor cores on float as TF32 (from sm_80, where -DTF32=1 allows it), and
// plain multiply-adds in float for everything else, which is exact to float's rounding.
#pragma once
#include "types.cuh"

#ifndef TF32
#define TF32 0
#endif

// The accumulators of a warp for a tile of 16 ROWS x 8 COLUMNS; COLUMNS is even.
// Lane l holds in v[i][j][e] the entry of row 16 i + l / 4 + 8 (e / 2) and column 8 j + 2 (l % 4) + e % 2.
template <int ROWS, int COLUMNS> struct Accumulator {
    float v[ROWS][COLUMNS][4];

    __device__ __forceinline__ void clear() {
        forEach([](int, int, float& x) { x = 0; });
    }

    // Calls f(row, column, value&) for every entry of the lane.
    template <typename F> __device__ __forceinline__ void forEach(F f) {
        int lane = threadIdx.x % 32;
        #pragma unroll
        for (int i = 0; i < ROWS; i++) {
            #pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                #pragma unroll
                for (int e = 0; e < 4; e++) {
                    f(16 * i + lane / 4 + 8 * (e / 2), 8 * j + 2 * (lane % 4) + e % 2, v[i][j][e]);
                }
            }
        }
    }

    // Calls f(row, column, first&, second&) for every pair of neighbours of the lane; the column is even.
    template <typename F> __device__ __forceinline__ void forEachPair(F f) {
        int lane = threadIdx.x % 32;
        #pragma unroll
        for (int i = 0; i < ROWS; i++) {
            #pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                #pragma unroll
                for (int e = 0; e < 4; e += 2) {
                    f(16 * i + lane / 4 + 4 * e, 8 * j + 2 * (lane % 4), v[i][j][e], v[i][j][e + 1]);
                }
            }
        }
    }
};

// The sum, or maximum, over the four lanes that share a row of an accumulator.
__device__ __forceinline__ float rowSum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

__device__ __forceinline__ float rowMax(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

template <typename T> __device__ __forceinline__ void storePair(T* to, float first, float second) {
    *reinterpret_cast<unsigned*>(to) = pack<T>(first, second);
}

template <> __device__ __forceinline__ void storePair<float>(float* to, float first, float second) {
    *reinterpret_cast<float2*>(to) = make_float2(first, second);
}

// How the entries of a factor lie in shared memory.
enum Layout {
    // A: [m][k]; B: [k][n].
    NORMAL,
    // A: [k][m]; B: [n][k].
    TRANSPOSED
};

// The stride of rows in shared memory that avoids bank conflicts: rows are 16 bytes longer than their width.
template <typename T, int WIDTH> constexpr int PADDED = WIDTH + PER_VECTOR<T>;

#if ARCHITECTURE >= 800

__device__ __forceinline__ unsigned sharedAddress(const void* pointer) {
    return (unsigned) __cvta_generic_to_shared(pointer);
}

template <bool TRANSPOSE> __device__ __forceinline__ void loadMatrices(unsigned (&r)[4], const void* row) {
    if (TRANSPOSE) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
            : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(sharedAddress(row)) : "memory");
    } else {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
            : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(sharedAddress(row)) : "memory");
    }
}

template <typename T> __device__ __forceinline__ void multiplyAdd(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                                                  unsigned b1);

template <> __device__ __forceinline__ void multiplyAdd<bf16>(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                                              unsigned b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9},"
        " {%0, %1, %2, %3};" : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <> __device__ __forceinline__ void multiplyAdd<fp16>(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                                              unsigned b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9},"
        " {%0, %1, %2, %3};" : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ __forceinline__ unsigned toTf32(float x) {
    unsigned y;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
    return y;
}

__device__ __forceinline__ void multiplyAddTf32(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9},"
        " {%0, %1, %2, %3};" : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

#endif

enum Way { HALVES, TF32S, FLOATS };

template <typename T> constexpr Way WAY =
    ARCHITECTURE < 800 ? FLOATS : IsSame<T, float>::value ? (TF32 ? TF32S : FLOATS) : HALVES;

template <Layout L, typename T> __device__ __forceinline__ float entryOfA(const T* a, int stride, int m, int k) {
    return toFloat(L == NORMAL ? a[m * stride + k] : a[k * stride + m]);
}

template <Layout L, typename T> __device__ __forceinline__ float entryOfB(const T* b, int stride, int k, int n) {
    return toFloat(L == NORMAL ? b[k * stride + n] : b[n * stride + k]);
}

__device__ __forceinline__ void fmaPairs(float (&c)[4], float a0, float a1, float b0, float b1) {
    c[0] = fmaf(a0, b0, c[0]);
    c[1] = fmaf(a0, b1, c[1]);
    c[2] = fmaf(a1, b0, c[2]);
    c[3] = fmaf(a1, b1, c[3]);
}

#if ARCHITECTURE >= 800

// B's fragments of two neighbouring blocks of 8 columns from row k and column n on: {r[0], r[1]} and {r[2], r[3]}.
template <Layout L, typename T> __device__ __forceinline__ void loadRight(unsigned (&r)[4], const T* b, int stride,
                                                                          int k, int n) {
    int lane = threadIdx.x % 32;
    if (L == NORMAL) {
        loadMatrices<true>(r, b + (k + lane % 16) * stride + n + lane / 16 * 8);
    } else {
        loadMatrices<false>(r, b + (n + lane % 8 + lane / 16 * 8) * stride + k + lane / 8 % 2 * 8);
    }
}

#endif

// c += A B over DEPTH, a multiple of 16. Strides count entries; rows begin at multiples of 16 bytes.
template <int DEPTH, Layout LA, Layout LB, int ROWS, int COLUMNS, typename T>
__device__ __forceinline__ void multiply(Accumulator<ROWS, COLUMNS>& c, const T* a, int strideA, const T* b,
                                         int strideB) {
    int lane = threadIdx.x % 32;
    if constexpr (WAY<T> == HALVES) {
#if ARCHITECTURE >= 800
        #pragma unroll
        for (int k = 0; k < DEPTH; k += 16) {
            unsigned left[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; i++) {
                if (LA == NORMAL) {
                    loadMatrices<false>(left[i], a + (16 * i + lane % 16) * strideA + k + lane / 16 * 8);
                } else {
                    loadMatrices<true>(left[i],
                        a + (k + lane % 8 + lane / 16 * 8) * strideA + 16 * i + lane / 8 % 2 * 8);
                }
            }
            #pragma unroll
            for (int j = 0; j < COLUMNS; j += 2) {
                unsigned right[4];
                loadRight<LB>(right, b, strideB, k, 8 * j);
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    multiplyAdd<T>(c.v[i][j], left[i], right[0], right[1]);
                    multiplyAdd<T>(c.v[i][j + 1], left[i], right[2], right[3]);
                }
            }
        }
#endif
    } else if constexpr (WAY<T> == TF32S) {
#if ARCHITECTURE >= 800
        #pragma unroll
        for (int k = 0; k < DEPTH; k += 8) {
            unsigned left[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; i++) {
                #pragma unroll
                for (int e = 0; e < 4; e++) {
                    left[i][e] = toTf32(entryOfA<LA>(a, strideA, 16 * i + lane / 4 + 8 * (e % 2),
                        k + lane % 4 + 4 * (e / 2)));
                }
            }
            #pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                unsigned b0 = toTf32(entryOfB<LB>(b, strideB, k + lane % 4, 8 * j + lane / 4));
                unsigned b1 = toTf32(entryOfB<LB>(b, strideB, k + lane % 4 + 4, 8 * j + lane / 4));
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    multiplyAddTf32(c.v[i][j], left[i], b0, b1);
                }
            }
        }
#endif
    } else {
        #pragma unroll 2
        for (int k = 0; k < DEPTH; k++) {
            float left[ROWS][2];
            #pragma unroll
            for (int i = 0; i < ROWS; i++) {
                left[i][0] = entryOfA<LA>(a, strideA, 16 * i + lane / 4, k);
                left[i][1] = entryOfA<LA>(a, strideA, 16 * i + lane / 4 + 8, k);
            }
            #pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                float b0 = entryOfB<LB>(b, strideB, k, 8 * j + 2 * (lane % 4));
                float b1 = entryOfB<LB>(b, strideB, k, 8 * j + 2 * (lane % 4) + 1);
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    fmaPairs(c.v[i][j], left[i][0], left[i][1], b0, b1);
                }
            }
        }
    }
}

// c += A B where A is what an accumulator holds, [16 ROWS][8 DEPTHS], rounded to T. DEPTHS is even.
template <Layout LB, int ROWS, int DEPTHS, int COLUMNS, typename T>
__device__ __forceinline__ void multiplyHeld(Accumulator<ROWS, COLUMNS>& c, const Accumulator<ROWS, DEPTHS>& a,
                                             const T* b, int strideB) {
    int lane = threadIdx.x % 32;
    if constexpr (WAY<T> == HALVES) {
#if ARCHITECTURE >= 800
        #pragma unroll
        for (int d = 0; d < DEPTHS; d += 2) {
            unsigned left[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; i++) {
                left[i][0] = pack<T>(a.v[i][d][0], a.v[i][d][1]);
                left[i][1] = pack<T>(a.v[i][d][2], a.v[i][d][3]);
                left[i][2] = pack<T>(a.v[i][d + 1][0], a.v[i][d + 1][1]);
                left[i][3] = pack<T>(a.v[i][d + 1][2], a.v[i][d + 1][3]);
            }
            #pragma unroll
            for (int j = 0; j < COLUMNS; j += 2) {
                unsigned right[4];
                loadRight<LB>(right, b, strideB, 8 * d, 8 * j);
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    multiplyAdd<T>(c.v[i][j], left[i], right[0], right[1]);
                    multiplyAdd<T>(c.v[i][j + 1], left[i], right[2], right[3]);
                }
            }
        }
#endif
    } else if constexpr (WAY<T> == TF32S) {
#if ARCHITECTURE >= 800
        // A lane holds columns 2 t and 2 t + 1 where the tensor core wants t and t + 4: B's rows are permuted alike.
        #pragma unroll
        for (int d = 0; d < DEPTHS; d++) {
            unsigned left[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; i++) {
                left[i][0] = toTf32(a.v[i][d][0]);
                left[i][1] = toTf32(a.v[i][d][2]);
                left[i][2] = toTf32(a.v[i][d][1]);
                left[i][3] = toTf32(a.v[i][d][3]);
            }
            #pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                unsigned b0 = toTf32(entryOfB<LB>(b, strideB, 8 * d + 2 * (lane % 4), 8 * j + lane / 4));
                unsigned b1 = toTf32(entryOfB<LB>(b, strideB, 8 * d + 2 * (lane % 4) + 1, 8 * j + lane / 4));
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    multiplyAddTf32(c.v[i][j], left[i], b0, b1);
                }
            }
        }
#endif
    } else {
        #pragma unroll
        for (int d = 0; d < DEPTHS; d++) {
            #pragma unroll
            for (int k = 0; k < 8; k++) {
                float left[ROWS][2];
                int holder = lane / 4 * 4 + k / 2;
                #pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    left[i][0] = __shfl_sync(0xffffffffu, a.v[i][d][k % 2], holder);
                    left[i][1] = __shfl_sync(0xffffffffu, a.v[i][d][2 + k % 2], holder);
                }
                #pragma unroll
                for (int j = 0; j < COLUMNS; j++) {
                    float b0 = entryOfB<LB>(b, strideB, 8 * d + k, 8 * j + 2 * (lane % 4));
                    float b1 = entryOfB<LB>(b, strideB, 8 * d + k, 8 * j + 2 * (lane % 4) + 1);
                    #pragma unroll
                    for (int i = 0; i < ROWS; i++) {
                        fmaPairs(c.v[i][j], left[i][0], left[i][1], b0, b1);
                    }
                }
            }
        }
    }
}

// Rows from device to shared memory. With cp.async (from sm_80) they arrive when waitForCopies returns and a barrier
// has been passed; without, they have arrived when the call returns and a barrier has been passed.
__device__ __forceinline__ void copyVector(void* to, const void* from, bool exists) {
#if ARCHITECTURE >= 800
    // Bytes beyond the source's are zeros.
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
        :: "r"(sharedAddress(to)), "l"(from), "r"(exists ? 16 : 0) : "memory");
#else
    *reinterpret_cast<int4*>(to) = exists ? *reinterpret_cast<const int4*>(from) : make_int4(0, 0, 0, 0);
#endif
}

__device__ __forceinline__ void commitCopies() {
#if ARCHITECTURE >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits until no more than the PENDING latest commits are under way.
template <int PENDING> __device__ __forceinline__ void waitForCopies() {
#if ARCHITECTURE >= 800
    asm volatile("cp.async.wait_group %0;" :: "n"(PENDING) : "memory");
#endif
}

// Copies `rows` rows of WIDTH entries to a tile of HEIGHT rows of PADDED_WIDTH entries, a multiple of 16, and fills the
// rest with zeros. By all THREADS threads of a block. Rows begin at multiples of 16 bytes where WIDTH fills vectors.
template <int HEIGHT, int WIDTH, int PADDED_WIDTH, int THREADS, typename T>
__device__ __forceinline__ void copyRows(T* to, int strideTo, const T* from, long long strideFrom, int rows) {
    constexpr int VECTOR = PER_VECTOR<T>;
    if constexpr (WIDTH % VECTOR == 0) {
        constexpr int PER_ROW = PADDED_WIDTH / VECTOR;
        #pragma unroll
        for (int i = threadIdx.x; i < HEIGHT * PER_ROW; i += THREADS) {
            int row = i / PER_ROW;
            int column = i % PER_ROW * VECTOR;
            bool exists = row < rows && column < WIDTH;
            copyVector(to + row * strideTo + column, exists ? from + row * strideFrom + column : from, exists);
        }
    } else {
        for (int i = threadIdx.x; i < HEIGHT * PADDED_WIDTH; i += THREADS) {
            int row = i / PADDED_WIDTH;
            int column = i % PADDED_WIDTH;
            to[row * strideTo + column] = row < rows && column < WIDTH ? from[row * strideFrom + column]
                : fromFloat<T>(0);
        }
    }
}
