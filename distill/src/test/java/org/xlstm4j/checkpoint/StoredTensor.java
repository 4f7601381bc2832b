package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsFile;

/** A tensor as it lies in a checkpoint. */
public record StoredTensor(DType dtype, List<Long> shape, ByteBuffer bytes) {

    /** All tensors of a checkpoint, by name. */
    public static Map<String, StoredTensor> of(Path checkpoint) throws IOException {
        var tensors = new TreeMap<String, StoredTensor>();
        for (var path : Checkpoint.open(checkpoint).summary().files()) {
            try (var file = SafetensorsFile.open(path)) {
                for (var name : file.names()) {
                    var info = file.info(name);
                    var bytes = ByteBuffer.allocate((int) info.bytes()).put(file.bytes(name)).flip();
                    var shape = Arrays.stream(info.shape()).boxed().toList();
                    tensors.put(name, new StoredTensor(info.dtype(), shape, bytes));
                }
            }
        }
        return tensors;
    }

    /** The tensors whose bytes differ; names, types and shapes must not. */
    public static Set<String> changed(Path written, Path source) throws IOException {
        var before = of(source);
        var after = of(written);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        var changed = new TreeSet<String>();
        after.forEach((name, tensor) -> {
            var old = before.get(name);
            assertThat(tensor.dtype()).as(name).isEqualTo(old.dtype());
            assertThat(tensor.shape()).as(name).isEqualTo(old.shape());
            if (!tensor.bytes().equals(old.bytes())) {
                changed.add(name);
            }
        });
        return changed;
    }
}
