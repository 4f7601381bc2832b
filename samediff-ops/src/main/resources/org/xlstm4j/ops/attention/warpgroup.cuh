// Products of a warpgroup (four warps, 64 rows) by the tensor cores of sm_90a, which read their right factor, and the
// left one unless a register holds it, from shared memory: wgmma.
//
// A tile lies in slabs of 64 columns of 16-bit numbers. A slab's rows are 128 bytes, one after the other from a
// multiple of 1,024 bytes on; in row r, the sixteen bytes number c lie in place c xor r % 8.
#pragma once
#include "tile.cuh"

constexpr int SLAB = 64;

// Where an entry lies in a tile of ROWS rows.
template <int ROWS> __device__ __forceinline__ int swizzled(int row, int column) {
    return column / SLAB * (ROWS * SLAB) + row * SLAB + (column / 8 % 8 ^ row % 8) * 8 + column % 8;
}

// Describes a factor to the tensor cores: where it begins, in bytes after an address, and, if its rows are the sum's
// axis, the bytes between slabs.
__device__ __forceinline__ unsigned long long describe(unsigned address, int offset, int slabBytes) {
    constexpr unsigned long long SWIZZLED = 1ull << 62;
    constexpr unsigned long long EIGHT_ROWS = 1024 / 16;
    return SWIZZLED | EIGHT_ROWS << 32 | address / 16 + (unsigned) (offset / 16 + (slabBytes / 16 << 16));
}

__device__ __forceinline__ void beginProducts() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void commitProducts() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// What threads have written to shared memory becomes visible to the tensor cores (after a barrier).
__device__ __forceinline__ void showCopies() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

template <int PENDING> __device__ __forceinline__ void waitForCommitted() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(PENDING) : "memory");
}

#define TYPE_NAME_bf16 "bf16"
#define TYPE_NAME_fp16 "f16"
#define TYPE_NAME_OF(T) TYPE_NAME_##T
#define TYPE_NAME(T) TYPE_NAME_OF(T)

#define REGISTERS_8 "%0, %1, %2, %3, %4, %5, %6, %7"
#define REGISTERS_32 REGISTERS_8 ", %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, " \
    "%24, %25, %26, %27, %28, %29, %30, %31"
#define REGISTERS_64 REGISTERS_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
    "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

#define SUM_1(IO, j) IO(c[j][0]), IO(c[j][1]), IO(c[j][2]), IO(c[j][3])
#define SUM_2(IO, j) SUM_1(IO, j), SUM_1(IO, j + 1)
#define SUM_8(IO, j) SUM_2(IO, j), SUM_2(IO, j + 2), SUM_2(IO, j + 4), SUM_2(IO, j + 6)
#define SUM_16(IO, j) SUM_8(IO, j), SUM_8(IO, j + 8)

#define WGMMA(COLUMNS, REGISTERS, LEFT, RIGHT, ACCUMULATE, TRANSPOSES) \
    "{.reg .pred p; setp.ne.b32 p, " ACCUMULATE ", 0; wgmma.mma_async.sync.aligned.m64n" #COLUMNS "k16.f32." \
    TYPE_NAME(Element) "." TYPE_NAME(Element) " {" REGISTERS "}, " LEFT ", " RIGHT ", p, 1, 1, " TRANSPOSES ";}"

// c [64][8 COLUMNS] = A B' or, to ACCUMULATE, c + A B', for 16 columns of A and B, whose rows lie in shared memory.
template <int COLUMNS, bool ACCUMULATE>
__device__ __forceinline__ void multiplyShared(float (*c)[4], unsigned long long a, unsigned long long b) {
    static_assert(COLUMNS == 2 || COLUMNS == 8 || COLUMNS == 16, "an instruction of this width");
    if constexpr (COLUMNS == 2 && ACCUMULATE) {
        asm volatile(WGMMA(16, REGISTERS_8, "%8", "%9", "1", "0, 0") : SUM_2("+f", 0) : "l"(a), "l"(b));
    } else if constexpr (COLUMNS == 2) {
        asm volatile(WGMMA(16, REGISTERS_8, "%8", "%9", "0", "0, 0") : SUM_2("=f", 0) : "l"(a), "l"(b));
    } else if constexpr (COLUMNS == 8 && ACCUMULATE) {
        asm volatile(WGMMA(64, REGISTERS_32, "%32", "%33", "1", "0, 0") : SUM_8("+f", 0) : "l"(a), "l"(b));
    } else if constexpr (COLUMNS == 8) {
        asm volatile(WGMMA(64, REGISTERS_32, "%32", "%33", "0", "0, 0") : SUM_8("=f", 0) : "l"(a), "l"(b));
    } else if constexpr (ACCUMULATE) {
        asm volatile(WGMMA(128, REGISTERS_64, "%64", "%65", "1", "0, 0") : SUM_16("+f", 0) : "l"(a), "l"(b));
    } else {
        asm volatile(WGMMA(128, REGISTERS_64, "%64", "%65", "0", "0, 0") : SUM_16("=f", 0) : "l"(a), "l"(b));
    }
}

// c [64][8 COLUMNS] += A B for A [64][16] in registers and 16 rows of a tile B of ROWS rows, some bytes after its
// address.
template <int COLUMNS, int ROWS>
__device__ __forceinline__ void multiplyRegisters(float (*c)[4], const unsigned (&a)[4], unsigned b, int offset) {
    constexpr int SLAB_BYTES = ROWS * SLAB * 2;
    unsigned long long right = describe(b, offset, SLAB_BYTES);
    if constexpr (COLUMNS == 8) {
        asm volatile(WGMMA(64, REGISTERS_32, "{%32, %33, %34, %35}", "%36", "1", "1")
            : SUM_8("+f", 0) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(right));
    } else {
        asm volatile(WGMMA(128, REGISTERS_64, "{%64, %65, %66, %67}", "%68", "1", "1")
            : SUM_16("+f", 0) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(right));
        if constexpr (COLUMNS > 16) {
            multiplyRegisters<COLUMNS - 16, ROWS>(c + 16, a, b, offset + 2 * SLAB_BYTES);
        }
    }
}
