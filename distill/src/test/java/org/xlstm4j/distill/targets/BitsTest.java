package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitsTest {
    @Test
    void whatIsWrittenIsRead() {
        var random = new Random(1);
        int count = 5000;
        var kinds = new int[count];
        var bits = new int[count];
        var values = new long[count];
        var out = new BitWriter();
        for (int i = 0; i < count; i++) {
            kinds[i] = random.nextInt(3);
            bits[i] = random.nextInt(33);
            long value = random.nextLong() & (1L << bits[i]) - 1;
            switch (kinds[i]) {
                case 0 -> out.write((int) (values[i] = value), bits[i]);
                case 1 -> out.writeUnary((int) (values[i] = random.nextInt(200)));
                default -> out.writeGamma(values[i] = value + 1);
            }
        }
        var bytes = out.toBytes();
        var in = new BitReader(Arrays.copyOf(bytes, bytes.length + BitReader.SLACK), 0);
        for (int i = 0; i < count; i++) {
            long read = switch (kinds[i]) {
                case 0 -> Integer.toUnsignedLong(in.read(bits[i]));
                case 1 -> in.readUnary();
                default -> in.readGamma();
            };
            assertThat(read).as("%d of kind %d", i, kinds[i]).isEqualTo(values[i]);
        }
        assertThat(in.bytesRead()).isEqualTo(bytes.length);
    }

    @Test
    void bitsLieLowestFirst() {
        var out = new BitWriter();
        out.write(0b101, 3);
        out.writeUnary(2);
        out.write(-1, 2);
        out.write(1, 0);
        assertThat(out.toBytes()).containsExactly(0b11_100_101);
        out.write(0, 1);
        assertThat(new BitWriter().toBytes()).isEmpty();
    }
}
