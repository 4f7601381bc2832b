package org.xlstm4j.safetensors;

/**
 * Floating-point numbers of 16 and 8 bits: each is read exactly, and made from float32 by rounding to nearest, ties to
 * even. Reading gives the bits of a float32, since these are what can be moved in bulk.
 */
final class SmallFloats {
    private static final int SIGN = 0x80000000;
    private static final int INFINITY = 0x7f800000;
    private static final int[] FLOAT8_E4M3 = new int[1 << 8];
    private static final int[] FLOAT8_E5M2 = new int[1 << 8];

    static {
        for (int bits = 0; bits < 1 << 8; bits++) {
            FLOAT8_E4M3[bits] = Float.floatToRawIntBits(float8E4m3(bits));
            // It is the upper half of a float16.
            FLOAT8_E5M2[bits] = fromFloat16((short) (bits << 8));
        }
    }

    private SmallFloats() {
    }

    static int fromBfloat16(short half) {
        return half << 16;
    }

    static int fromFloat16(short half) {
        int magnitude = half & 0x7fff;
        int sign = half << 16 & SIGN;
        if (magnitude < 0x0400) {
            // Subnormals count steps of 2^-24.
            return sign | Float.floatToRawIntBits(magnitude * 0x1p-24f);
        }
        if (magnitude >= 0x7c00) {
            return sign | INFINITY | magnitude << 13;
        }
        // The biases of the exponents differ by 112.
        return sign | (magnitude << 13) + (112 << 23);
    }

    static int fromFloat8E4m3(byte bits) {
        return FLOAT8_E4M3[bits & 0xff];
    }

    static int fromFloat8E5m2(byte bits) {
        return FLOAT8_E5M2[bits & 0xff];
    }

    /** The kind that deep learning uses (E4M3FN): no infinities, so that only all ones are NaN. */
    private static float float8E4m3(int bits) {
        int exponent = bits >> 3 & 15;
        int fraction = bits & 7;
        float magnitude = exponent == 0 ? fraction * 0x1p-9f
                : exponent == 15 && fraction == 7 ? Float.NaN
                : Math.scalb(8f + fraction, exponent - 10);
        return bits < 0x80 ? magnitude : -magnitude;
    }

    /** From the bits of a float32; beyond the range, infinity. */
    static short toBfloat16(int bits) {
        if ((bits & ~SIGN) > INFINITY) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** From the bits of a float32; beyond the range, infinity. */
    static short toFloat16(int bits) {
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & ~SIGN;
        if (magnitude > INFINITY) {
            return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x1ff);
        }
        if (magnitude >= Float.floatToRawIntBits(65520f)) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < Float.floatToRawIntBits(0x1p-14f)) {
            // The spacing of floats from 0.5 on is 2^-24, that of float16's subnormals: the sum does the rounding.
            float sum = Float.intBitsToFloat(magnitude) + 0.5f;
            return (short) (sign | Float.floatToRawIntBits(sum) - Float.floatToRawIntBits(0.5f));
        }
        int rebased = magnitude - (112 << 23);
        return (short) (sign | rebased + 0xfff + (rebased >>> 13 & 1) >>> 13);
    }
}
