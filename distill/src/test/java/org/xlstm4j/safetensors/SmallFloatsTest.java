package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SmallFloatsTest {

    /** IEEE 754 by the book, for any widths of exponent and fraction. */
    private static float plain(int bits, int exponentBits, int fractionBits) {
        int bias = (1 << exponentBits - 1) - 1;
        int exponent = bits >> fractionBits & (1 << exponentBits) - 1;
        int fraction = bits & (1 << fractionBits) - 1;
        double magnitude = exponent == 0 ? Math.scalb((double) fraction, 1 - bias - fractionBits)
                : exponent == (1 << exponentBits) - 1 ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : Math.scalb((double) (1 << fractionBits) + fraction, exponent - bias - fractionBits);
        return (float) (bits >> exponentBits + fractionBits == 0 ? magnitude : -magnitude);
    }

    private static float plainFloat16(int half) {
        return plain(half, 5, 10);
    }

    private static float fromFloat16(int half) {
        return Float.intBitsToFloat(SmallFloats.fromFloat16((short) half));
    }

    private static short toFloat16(float value) {
        return SmallFloats.toFloat16(Float.floatToRawIntBits(value));
    }

    @Test
    void everyFloat16IsReadByTheBook() {
        for (int half = 0; half < 1 << 16; half++) {
            assertThat((Float) fromFloat16(half)).isEqualTo((Float) plainFloat16(half));
        }
    }

    @Test
    void everyFloat8IsReadByTheBook() {
        for (int bits = 0; bits < 1 << 8; bits++) {
            assertThat((Float) Float.intBitsToFloat(SmallFloats.fromFloat8E5m2((byte) bits)))
                    .isEqualTo((Float) plain(bits, 5, 2));
            float value = Float.intBitsToFloat(SmallFloats.fromFloat8E4m3((byte) bits));
            if ((bits & 0x7f) == 0x7f) {
                assertThat(value).isNaN();
            } else if ((bits & 0x78) == 0x78) {
                // The highest exponent is one more of the finite numbers, not that of infinity.
                assertThat(value).isEqualTo(2 * plain(bits - 8, 4, 3));
            } else {
                assertThat((Float) value).isEqualTo((Float) plain(bits, 4, 3));
            }
        }
    }

    @Test
    void everyFloat16ComesBack() {
        for (int half = 0; half < 1 << 16; half++) {
            float value = plainFloat16(half);
            if (Float.isNaN(value)) {
                assertThat(fromFloat16(toFloat16(value))).isNaN();
            } else {
                assertThat(toFloat16(value)).isEqualTo((short) half);
            }
        }
    }

    @Test
    void float16RoundsToNearestTiesToEven() {
        for (int half = 0; half < 0x7bff; half++) {
            float low = plainFloat16(half);
            float high = plainFloat16(half + 1);
            float middle = (low + high) / 2;
            int even = half + (half & 1);
            assertThat(toFloat16(middle)).isEqualTo((short) even);
            assertThat(toFloat16(-middle)).isEqualTo((short) (even | 0x8000));
            assertThat(toFloat16(Math.nextDown(middle))).isEqualTo((short) half);
            assertThat(toFloat16(Math.nextUp(middle))).isEqualTo((short) (half + 1));
        }
    }

    @Test
    void bfloat16RoundsToNearestTiesToEven() {
        assertThat(SmallFloats.toBfloat16(0x3f808000)).isEqualTo((short) 0x3f80);
        assertThat(SmallFloats.toBfloat16(0x3f818000)).isEqualTo((short) 0x3f82);
        assertThat(SmallFloats.toBfloat16(0x3f808001)).isEqualTo((short) 0x3f81);
        assertThat(SmallFloats.toBfloat16(0x80000000)).isEqualTo((short) 0x8000);
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            int bits = random.nextInt();
            float value = Float.intBitsToFloat(bits);
            if (!Float.isFinite(value) || (bits & 0x7fffffff) >= 0x7f7f0000) {
                continue;
            }
            double low = Float.intBitsToFloat(bits & 0xffff0000);
            double high = Float.intBitsToFloat((bits & 0xffff0000) + 0x10000);
            double toLow = Math.abs(value - low);
            double toHigh = Math.abs(high - value);
            boolean up = toHigh < toLow || toHigh == toLow && (bits & 0x10000) != 0;
            assertThat(SmallFloats.toBfloat16(bits)).isEqualTo((short) ((bits >>> 16) + (up ? 1 : 0)));
        }
    }

    @Test
    void nanStaysNan() {
        for (int bits : new int[] {0x7f800001, 0x7fffffff, 0xff800001, 0x7fc00000}) {
            assertThat(Float.intBitsToFloat(SmallFloats.toBfloat16(bits) << 16)).isNaN();
            assertThat(fromFloat16(SmallFloats.toFloat16(bits))).isNaN();
        }
    }
}
