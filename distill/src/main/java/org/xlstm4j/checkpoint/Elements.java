package org.xlstm4j.checkpoint;

import java.nio.ByteBuffer;

/** Conversion between the little-endian bytes of a {@link DType} and Java's numbers, in bulk. */
final class Elements {
    private static final float TWO_TO_112 = 0x1p112f;

    private Elements() {
    }

    /** Fills {@code out} from a floating-point {@code type}; F64 is rounded. */
    static void floats(DType type, ByteBuffer in, float[] out) {
        switch (type) {
            case F32 -> in.asFloatBuffer().get(out);
            case BF16 -> {
                var halves = shorts(in, out.length);
                for (int i = 0; i < out.length; i++) {
                    out[i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            case F16 -> {
                var halves = shorts(in, out.length);
                for (int i = 0; i < out.length; i++) {
                    out[i] = fromFloat16(halves[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = (float) in.getDouble(8 * i);
                }
            }
            default -> throw new IllegalArgumentException(type + " holds no floating-point numbers");
        }
    }

    /** Fills {@code out} from a floating-point {@code type}. */
    static void doubles(DType type, ByteBuffer in, double[] out) {
        if (type == DType.F64) {
            in.asDoubleBuffer().get(out);
            return;
        }
        var floats = new float[out.length];
        floats(type, in, floats);
        for (int i = 0; i < out.length; i++) {
            out[i] = floats[i];
        }
    }

    /** Fills {@code out} from an integer {@code type}; BOOL gives 0 and 1. */
    static void longs(DType type, ByteBuffer in, long[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (type) {
                case I64 -> in.getLong(8 * i);
                case I32 -> in.getInt(4 * i);
                case I16 -> in.getShort(2 * i);
                case I8 -> in.get(i);
                case U8, BOOL -> Byte.toUnsignedInt(in.get(i));
                default -> throw new IllegalArgumentException(type + " holds no integers");
            };
        }
    }

    /** Puts {@code values} as {@code type}, rounded to nearest, ties to even; a finite value never becomes infinite. */
    static void put(DType type, float[] values, ByteBuffer out) {
        for (float value : values) {
            switch (type) {
                case F32 -> out.putFloat(value);
                case BF16 -> out.putShort(inRange(type, value, toBfloat16(value), 0x7f80));
                case F16 -> out.putShort(inRange(type, value, toFloat16(value), 0x7c00));
                default -> throw new IllegalArgumentException(type + " is not written from float32");
            }
        }
    }

    /** Puts {@code values} as the integer {@code type}. */
    static void put(DType type, long[] values, ByteBuffer out) {
        for (long value : values) {
            switch (type) {
                case I64 -> out.putLong(value);
                case I32 -> out.putInt(Math.toIntExact(value));
                default -> throw new IllegalArgumentException(type + " is not written; use I64 or I32");
            }
        }
    }

    static float fromFloat16(short half) {
        int magnitude = (half & 0x7fff) << 13;
        // Exponents differ by 112 in bias; a product also makes subnormals right.
        float value = Float.intBitsToFloat(magnitude) * TWO_TO_112;
        int bits = magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits | (half & 0x8000) << 16);
    }

    static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    static short toFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (value != value) {
            return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x1ff);
        }
        if (magnitude >= Float.floatToRawIntBits(65520f)) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < Float.floatToRawIntBits(0x1p-14f)) {
            // The spacing of floats from 0.5 on is 2^-24, that of float16's subnormals: the sum does the rounding.
            return (short) (sign | Float.floatToRawIntBits(Math.abs(value) + 0.5f) - Float.floatToRawIntBits(0.5f));
        }
        int rebased = magnitude - (112 << 23);
        return (short) (sign | rebased + 0xfff + (rebased >>> 13 & 1) >>> 13);
    }

    private static short inRange(DType type, float value, short half, int infinity) {
        if ((half & 0x7fff) == infinity && Float.isFinite(value)) {
            throw new ArithmeticException(value + " is beyond the range of " + type);
        }
        return half;
    }

    private static short[] shorts(ByteBuffer in, int count) {
        var result = new short[count];
        in.asShortBuffer().get(result);
        return result;
    }
}
