package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElementsTest {

    private static ByteBuffer file(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer floats(float... values) {
        var bytes = memory(Float.BYTES * values.length);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 62, 63})
    void bfloat16OfAnyLengthAndAlignment(int count) {
        var random = new Random(count);
        var in = file(2 * count + 1).position(1).slice().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            in.putShort(2 * i, (short) random.nextInt());
        }
        var out = memory(Float.BYTES * count);
        Elements.toFloats(DType.BF16, in, out);
        for (int i = 0; i < count; i++) {
            assertThat(out.getInt(Float.BYTES * i)).isEqualTo(in.getShort(2 * i) << 16);
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16", "F16"})
    void storedFloatsComeBackBitEqual(DType dtype) {
        var values = floats(0f, -0f, 1f, -2.5f, 0x1p-14f, 1.5f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        var stored = file(values.remaining() / Float.BYTES * dtype.bytes());
        Elements.fromFloats(dtype, values, stored);
        var back = memory(values.remaining());
        Elements.toFloats(dtype, stored, back);
        assertThat(back).isEqualTo(values);
    }

    @Test
    void finiteValuesNeverBecomeInfinite() {
        var out = file(4);
        assertThatThrownBy(() -> Elements.fromFloats(DType.F16, floats(65520), out))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("65520").hasMessageContaining("F16");
        assertThatThrownBy(() -> Elements.fromFloats(DType.BF16, floats(-Float.MAX_VALUE), out))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("BF16");
        Elements.fromFloats(DType.F16, floats(65519, Float.NEGATIVE_INFINITY), out);
        assertThat(out.getShort(0)).isEqualTo((short) 0x7bff);
        assertThat(out.getShort(2)).isEqualTo((short) 0xfc00);
    }

    private static void assertRange(DType dtype, long least, long most) {
        var values = LongBuffer.wrap(new long[] {least, most});
        var stored = file(2 * dtype.bytes());
        Elements.fromLongs(dtype, values, stored);
        var back = new long[2];
        Elements.toLongs(dtype, stored, back, 0, 2);
        assertThat(back).containsExactly(least, most);
        for (long beyond : new long[] {least - 1, most + 1}) {
            if (dtype.bytes() < Long.BYTES) {
                assertThatThrownBy(() -> Elements.fromLongs(dtype, LongBuffer.wrap(new long[] {beyond}), stored))
                        .isInstanceOf(ArithmeticException.class)
                        .hasMessage(beyond + " is beyond the range of " + dtype);
            }
        }
    }

    @Test
    void integersOfEveryTypeKeepTheirRange() {
        assertRange(DType.I64, Long.MIN_VALUE, Long.MAX_VALUE);
        assertRange(DType.U64, 0, -1);
        assertRange(DType.I32, Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertRange(DType.U32, 0, 0xffffffffL);
        assertRange(DType.I16, Short.MIN_VALUE, Short.MAX_VALUE);
        assertRange(DType.U16, 0, 0xffff);
        assertRange(DType.I8, Byte.MIN_VALUE, Byte.MAX_VALUE);
        assertRange(DType.U8, 0, 0xff);
        assertRange(DType.BOOL, 0, 1);
    }
}
