package org.xlstm4j.distill.resume;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.resume.ResumeException.Reason;
import org.xlstm4j.safetensors.ArrayChecksum;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsException;
import org.xlstm4j.safetensors.SafetensorsFile;
import org.xlstm4j.safetensors.SafetensorsWriter;

/**
 * A snapshot in one safetensors file. Its metadata hold all but the arrays as JSON, {@value #STATE}, and its checksum;
 * the JSON holds the arrays' checksums, taken in memory: no bit of what comes back is unchecked.
 */
final class SnapshotFile {
    private static final String STATE = "state";
    private static final String STATE_CHECKSUM = "crc32c";
    private static final ObjectMapper JSON = new ObjectMapper();

    private SnapshotFile() {
    }

    /** What the JSON holds. */
    private record Content(int step, Map<String, String> settings, JsonNode state, Map<String, Integer> checksums) {
    }

    /** A snapshot and the settings of the training that it is of. */
    record Saved(Snapshot snapshot, RunSettings settings) {
    }

    static void write(Path file, Saved saved) throws IOException {
        var snapshot = saved.snapshot();
        var writer = new SafetensorsWriter();
        var checksums = new TreeMap<String, Integer>();
        for (var array : snapshot.arrays().entrySet()) {
            checksums.put(array.getKey(), ArrayChecksum.of(array.getValue()));
            writer.add(array.getKey(), DType.F32, array.getValue());
        }
        var json = JSON.writeValueAsString(
                new Content(snapshot.step(), saved.settings().values(), snapshot.state(), checksums));
        writer.metadata(STATE, json).metadata(STATE_CHECKSUM, checksum(json)).write(file);
    }

    /** @throws ResumeException if it is not there or not as it was written */
    static Saved read(Path file) throws IOException {
        try (var tensors = SafetensorsFile.open(file)) {
            var json = tensors.metadata().getOrDefault(STATE, "");
            if (!checksum(json).equals(tensors.metadata().get(STATE_CHECKSUM))) {
                throw damaged(file, "its state is not as it was written", null);
            }
            var content = JSON.readValue(json, new TypeReference<Content>() { });
            return new Saved(new Snapshot(content.step(), arrays(file, tensors, content.checksums()), content.state()),
                    new RunSettings(content.settings()));
        } catch (SafetensorsException | JsonProcessingException broken) {
            throw damaged(file, broken.getMessage(), broken);
        } catch (NoSuchFileException missing) {
            throw damaged(file, "there is no such file", missing);
        }
    }

    private static Map<String, INDArray> arrays(Path file, SafetensorsFile tensors, Map<String, Integer> checksums)
            throws IOException {
        var arrays = new LinkedHashMap<String, INDArray>();
        for (var checksum : checksums.entrySet()) {
            var name = checksum.getKey();
            if (!tensors.contains(name)) {
                throw damaged(file, name + " is missing", null);
            }
            var array = tensors.readFloat32(name);
            if (ArrayChecksum.of(array) != checksum.getValue()) {
                throw damaged(file, name + " is not as it was written", null);
            }
            arrays.put(name, array);
        }
        return arrays;
    }

    private static ResumeException damaged(Path file, String problem, Exception cause) {
        return new ResumeException(Reason.DAMAGED, file, "is damaged: " + problem, cause);
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }
}
