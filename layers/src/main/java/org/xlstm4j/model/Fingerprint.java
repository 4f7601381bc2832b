package org.xlstm4j.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** What tells a model's parameters from others': a checksum of some numbers of each, spread evenly. */
final class Fingerprint {
    private static final int SAMPLES = 64;

    private Fingerprint() {
    }

    static String of(CausalLm model) {
        var checksum = new CRC32C();
        model.parameters().forEach((name, array) -> {
            checksum.update(name.getBytes(StandardCharsets.UTF_8));
            var flat = array.reshape(array.length());
            long step = Math.max(1, array.length() / SAMPLES);
            var values = ByteBuffer.allocate(Float.BYTES);
            for (long at = 0; at < array.length(); at += step) {
                checksum.update(values.putFloat(0, flat.getFloat(at)).array());
            }
        });
        return Long.toHexString(checksum.getValue());
    }
}
