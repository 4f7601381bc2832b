package org.xlstm4j.ops.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Float64 tensors of a safetensors resource, by name. */
public final class TensorFile {

    private TensorFile() {
    }

    /** All tensors of a resource, such as {@code /mlstm/a.safetensors}. */
    public static Map<String, INDArray> read(String resource) {
        try (var stream = TensorFile.class.getResourceAsStream(resource)) {
            var bytes = ByteBuffer.wrap(Objects.requireNonNull(stream, resource).readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
            int headerLength = Math.toIntExact(bytes.getLong());
            var header = new ObjectMapper().readTree(
                    new String(bytes.array(), Long.BYTES, headerLength, StandardCharsets.UTF_8));
            var tensors = new LinkedHashMap<String, INDArray>();
            header.fields().forEachRemaining(entry -> {
                if (!entry.getKey().equals("__metadata__")) {
                    tensors.put(entry.getKey(), tensor(entry.getValue(), bytes, Long.BYTES + headerLength));
                }
            });
            return tensors;
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    private static INDArray tensor(JsonNode entry, ByteBuffer bytes, int dataStart) {
        if (!entry.get("dtype").asText().equals("F64")) {
            throw new IllegalArgumentException("expected F64, found " + entry);
        }
        var shape = new ObjectMapper().convertValue(entry.get("shape"), long[].class);
        int begin = entry.get("data_offsets").get(0).asInt();
        int end = entry.get("data_offsets").get(1).asInt();
        var values = new double[(end - begin) / Double.BYTES];
        bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(dataStart + begin).asDoubleBuffer().get(values);
        return Nd4j.createFromArray(values).reshape(shape);
    }
}
