package org.xlstm4j.distill.resume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.schedule.ISchedule;
import org.xlstm4j.safetensors.ArrayChecksum;

/**
 * Everything that decides what training yields, by name: who goes on with it must give the same.
 *
 * @param values settings as text
 */
public record RunSettings(Map<String, String> values) {
    private static final int PROBES = 31;

    public RunSettings {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** Eight hexadecimal digits, the same for the same settings. */
    public String hash() {
        var crc = new CRC32C();
        values.forEach((name, value) -> {
            crc.update((name + '\0' + value + '\0').getBytes(StandardCharsets.UTF_8));
        });
        return String.format("%08x", crc.getValue());
    }

    /** What differs, each as {@code name there against here}; empty if nothing does. */
    public List<String> differences(RunSettings here) {
        var names = new TreeSet<>(values.keySet());
        names.addAll(here.values.keySet());
        var differences = new ArrayList<String>();
        for (var name : names) {
            var there = values.getOrDefault(name, "none");
            var now = here.values.getOrDefault(name, "none");
            if (!there.equals(now)) {
                differences.add(name + " " + there + " against " + now);
            }
        }
        return differences;
    }

    /** A checksum of arrays with their names, in their order, as text. */
    public static String checksum(Map<String, INDArray> arrays) throws IOException {
        var crc = new CRC32C();
        for (var array : arrays.entrySet()) {
            crc.update((array.getKey() + '\0' + ArrayChecksum.of(array.getValue()) + '\0')
                    .getBytes(StandardCharsets.UTF_8));
        }
        return String.format("%d arrays %08x", arrays.size(), crc.getValue());
    }

    /** A schedule as text: a record's components, or of any other class its name and a checksum of its rates. */
    public static String describe(ISchedule schedule) {
        if (schedule instanceof Record) {
            return schedule.toString();
        }
        var crc = new CRC32C();
        for (int probe = 0; probe < PROBES; probe++) {
            crc.update(Double.toString(schedule.valueAt((1 << probe) - 1, 0)).getBytes(StandardCharsets.US_ASCII));
        }
        return schedule.getClass().getSimpleName() + String.format(" %08x", crc.getValue());
    }
}
