package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElementsTest {

    /** IEEE 754 binary16 by the book. */
    private static float plainFloat16(int half) {
        int exponent = half >> 10 & 31;
        int fraction = half & 1023;
        double magnitude = exponent == 0 ? Math.scalb((double) fraction, -24)
                : exponent == 31 ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : Math.scalb(1024.0 + fraction, exponent - 25);
        return (float) (half < 0x8000 ? magnitude : -magnitude);
    }

    @Test
    void everyFloat16IsReadByTheBook() {
        for (int half = 0; half < 1 << 16; half++) {
            assertThat((Float) Elements.fromFloat16((short) half)).isEqualTo((Float) plainFloat16(half));
        }
    }

    @Test
    void everyFloat16ComesBack() {
        for (int half = 0; half < 1 << 16; half++) {
            float value = plainFloat16(half);
            if (Float.isNaN(value)) {
                assertThat(Elements.fromFloat16(Elements.toFloat16(value))).isNaN();
            } else {
                assertThat(Elements.toFloat16(value)).isEqualTo((short) half);
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
            assertThat(Elements.toFloat16(middle)).isEqualTo((short) even);
            assertThat(Elements.toFloat16(-middle)).isEqualTo((short) (even | 0x8000));
            assertThat(Elements.toFloat16(Math.nextDown(middle))).isEqualTo((short) half);
            assertThat(Elements.toFloat16(Math.nextUp(middle))).isEqualTo((short) (half + 1));
        }
    }

    @Test
    void bfloat16RoundsToNearestTiesToEven() {
        assertThat(Elements.toBfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(Elements.toBfloat16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(Elements.toBfloat16(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
        assertThat(Elements.toBfloat16(-0f)).isEqualTo((short) 0x8000);
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
            assertThat(Elements.toBfloat16(value)).isEqualTo((short) ((bits >>> 16) + (up ? 1 : 0)));
        }
    }

    @Test
    void nanStaysNan() {
        for (int bits : new int[] {0x7f800001, 0x7fffffff, 0xff800001, 0x7fc00000}) {
            float nan = Float.intBitsToFloat(bits);
            assertThat(Float.intBitsToFloat(Elements.toBfloat16(nan) << 16)).isNaN();
            assertThat(Elements.fromFloat16(Elements.toFloat16(nan))).isNaN();
        }
    }

    @Test
    void finiteValuesNeverBecomeInfinite() {
        var out = ByteBuffer.allocate(16);
        assertThatThrownBy(() -> Elements.put(DType.F16, new float[] {65520}, out))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("65520").hasMessageContaining("F16");
        assertThatThrownBy(() -> Elements.put(DType.BF16, new float[] {-Float.MAX_VALUE}, out))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("BF16");
        Elements.put(DType.F16, new float[] {65519, Float.NEGATIVE_INFINITY}, out.clear());
        assertThat(out.getShort(0)).isEqualTo((short) 0x7bff);
        assertThat(out.getShort(2)).isEqualTo((short) 0xfc00);
    }
}
