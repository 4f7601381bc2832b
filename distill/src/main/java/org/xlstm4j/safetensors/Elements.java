package org.xlstm4j.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * Conversion between the little-endian elements of a {@link DType} and Java's numbers, in bulk, from one buffer's
 * position to the other's limit. All buffers are direct: a compiler that sees one kind of buffer makes a plain loop
 * over memory of each conversion, which is faster than any way through arrays. The loops go by blocks, since one that
 * is entered often is compiled sooner and better than one that runs long.
 */
final class Elements {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;
    private static final int BLOCK = 1 << 12;

    /** A number is beyond the range of the type that it should become. */
    static final class OutOfRangeException extends ArithmeticException {
        OutOfRangeException(Number value, DType type) {
            super(value + " is beyond the range of " + type);
        }
    }

    /** Converts the elements from {@code from} to {@code to}. */
    @FunctionalInterface
    private interface Block {
        void convert(int from, int to);
    }

    private Elements() {
    }

    /** Fills {@code out} with float32 in the machine's order, from a floating-point {@code type}; F64 is rounded. */
    static void toFloats(DType type, ByteBuffer in, ByteBuffer out) {
        var floats = out.asIntBuffer();
        int count = floats.limit();
        switch (type) {
            case F32 -> floats.put(in.asIntBuffer());
            case BF16 -> fromBfloat16(in, floats);
            case F16 -> {
                var halves = in.asShortBuffer();
                inBlocks(count, (from, to) -> fromFloat16(halves, floats, from, to));
            }
            case F8_E4M3 -> inBlocks(count, (from, to) -> fromFloat8E4m3(in, floats, from, to));
            case F8_E5M2 -> inBlocks(count, (from, to) -> fromFloat8E5m2(in, floats, from, to));
            case F64 -> {
                var doubles = in.asDoubleBuffer();
                var rounded = out.asFloatBuffer();
                inBlocks(count, (from, to) -> fromFloat64(doubles, rounded, from, to));
            }
            default -> throw new IllegalArgumentException(type + " holds no floating-point numbers");
        }
    }

    /** Fills {@code out} with float64 in the machine's order, from a floating-point {@code type}. */
    static void toDoubles(DType type, ByteBuffer in, ByteBuffer out) {
        var doubles = out.asDoubleBuffer();
        if (type == DType.F64) {
            doubles.put(in.asDoubleBuffer());
            return;
        }
        var bytes = ByteBuffer.allocateDirect(Float.BYTES * doubles.limit()).order(ByteOrder.nativeOrder());
        toFloats(type, in, bytes);
        var floats = bytes.asFloatBuffer();
        for (int i = 0; i < doubles.limit(); i++) {
            doubles.put(i, floats.get(i));
        }
    }

    /** Fills {@code count} elements of {@code out} from an integer {@code type}; BOOL gives 0 and 1, U64 its bits. */
    static void toLongs(DType type, ByteBuffer in, long[] out, int from, int count) {
        int start = in.position();
        for (int i = 0; i < count; i++) {
            out[from + i] = switch (type) {
                case I64, U64 -> in.getLong(start + 8 * i);
                case I32 -> in.getInt(start + 4 * i);
                case U32 -> Integer.toUnsignedLong(in.getInt(start + 4 * i));
                case I16 -> in.getShort(start + 2 * i);
                case U16 -> Short.toUnsignedLong(in.getShort(start + 2 * i));
                case I8 -> in.get(start + i);
                case U8 -> Byte.toUnsignedLong(in.get(start + i));
                case BOOL -> in.get(start + i) == 0 ? 0 : 1;
                default -> throw new IllegalArgumentException(type + " holds no integers");
            };
        }
    }

    /**
     * Fills {@code out} with a floating-point {@code type}, from float32, or float64 if it is F64.
     *
     * @throws OutOfRangeException if a finite value would become infinite
     */
    static void fromFloats(DType type, ByteBuffer in, ByteBuffer out) {
        switch (type) {
            case F64 -> out.asLongBuffer().put(in.asLongBuffer());
            case F32 -> out.asIntBuffer().put(in.asIntBuffer());
            case BF16 -> {
                var floats = in.asIntBuffer();
                var halves = out.asShortBuffer();
                inBlocks(floats.limit(), (from, to) -> toBfloat16(floats, halves, from, to));
            }
            case F16 -> {
                var floats = in.asIntBuffer();
                var halves = out.asShortBuffer();
                inBlocks(floats.limit(), (from, to) -> toFloat16(floats, halves, from, to));
            }
            default -> throw new IllegalArgumentException(type + " is not made from floating-point numbers");
        }
    }

    /**
     * Fills {@code out} with an integer {@code type}.
     *
     * @throws OutOfRangeException if a value is beyond its range
     */
    static void fromLongs(DType type, LongBuffer in, ByteBuffer out) {
        int start = out.position();
        for (int i = 0; i < in.limit(); i++) {
            long value = in.get(i);
            if (!isInRange(type, value)) {
                throw new OutOfRangeException(value, type);
            }
            switch (type.bytes()) {
                case 8 -> out.putLong(start + 8 * i, value);
                case 4 -> out.putInt(start + 4 * i, (int) value);
                case 2 -> out.putShort(start + 2 * i, (short) value);
                default -> out.put(start + i, (byte) value);
            }
        }
    }

    private static boolean isInRange(DType type, long value) {
        return switch (type) {
            case I64, U64 -> true;
            case I32 -> value == (int) value;
            case I16 -> value == (short) value;
            case I8 -> value == (byte) value;
            case U32 -> value >>> 32 == 0;
            case U16 -> value >>> 16 == 0;
            case U8 -> value >>> 8 == 0;
            case BOOL -> value >>> 1 == 0;
            default -> throw new IllegalArgumentException(type + " is not made from integers");
        };
    }

    private static void inBlocks(int count, Block block) {
        for (int from = 0; from < count; from += BLOCK) {
            block.convert(from, Math.min(from + BLOCK, count));
        }
    }

    private static void fromBfloat16(ByteBuffer in, IntBuffer out) {
        int count = out.limit();
        var pairs = in.asIntBuffer();
        inBlocks(count >> 1, (from, to) -> fromBfloat16Pairs(pairs, out, from, to));
        if ((count & 1) != 0) {
            out.put(count - 1, SmallFloats.fromBfloat16(in.getShort(in.position() + 2 * (count - 1))));
        }
    }

    private static void fromBfloat16Pairs(IntBuffer pairs, IntBuffer out, int from, int to) {
        for (int i = from; i < to; i++) {
            int pair = pairs.get(i);
            out.put(2 * i, pair << 16);
            out.put(2 * i + 1, pair & 0xffff0000);
        }
    }

    private static void fromFloat16(ShortBuffer in, IntBuffer out, int from, int to) {
        for (int i = from; i < to; i++) {
            out.put(i, SmallFloats.fromFloat16(in.get(i)));
        }
    }

    private static void fromFloat8E4m3(ByteBuffer in, IntBuffer out, int from, int to) {
        int start = in.position();
        for (int i = from; i < to; i++) {
            out.put(i, SmallFloats.fromFloat8E4m3(in.get(start + i)));
        }
    }

    private static void fromFloat8E5m2(ByteBuffer in, IntBuffer out, int from, int to) {
        int start = in.position();
        for (int i = from; i < to; i++) {
            out.put(i, SmallFloats.fromFloat8E5m2(in.get(start + i)));
        }
    }

    private static void fromFloat64(DoubleBuffer in, FloatBuffer out, int from, int to) {
        for (int i = from; i < to; i++) {
            out.put(i, (float) in.get(i));
        }
    }

    private static void toBfloat16(IntBuffer in, ShortBuffer out, int from, int to) {
        for (int i = from; i < to; i++) {
            int bits = in.get(i);
            short half = SmallFloats.toBfloat16(bits);
            if ((half & 0x7fff) == 0x7f80) {
                requireInfinite(DType.BF16, bits);
            }
            out.put(i, half);
        }
    }

    private static void toFloat16(IntBuffer in, ShortBuffer out, int from, int to) {
        for (int i = from; i < to; i++) {
            int bits = in.get(i);
            short half = SmallFloats.toFloat16(bits);
            if ((half & 0x7fff) == 0x7c00) {
                requireInfinite(DType.F16, bits);
            }
            out.put(i, half);
        }
    }

    private static void requireInfinite(DType type, int bits) {
        if ((bits & MAGNITUDE) != INFINITY) {
            throw new OutOfRangeException(Float.intBitsToFloat(bits), type);
        }
    }
}
