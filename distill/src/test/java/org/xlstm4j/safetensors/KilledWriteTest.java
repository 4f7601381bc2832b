package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it writes. */
class KilledWriteTest {
    @TempDir
    Path folder;

    /** Writes two shards to the folder {@code args[0]}, and hangs in the middle of the second. */
    public static void main(String[] args) throws IOException {
        var folder = Path.of(args[0]);
        new SafetensorsWriter()
                .add("first", DType.I64, new long[] {1000}, new long[1000])
                .add("second", DType.I64, new long[] {900}, new long[900])
                .add("third", DType.F32, new long[] {2}, () -> {
                    Files.createFile(folder.resolve("hanging"));
                    while (true) {
                        Thread.onSpinWait();
                    }
                }).writeShards(folder, 8000);
    }

    @Test
    void leavesNothingUnderTheFinalNames() throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"),
                KilledWriteTest.class.getName(), folder.toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        try {
            for (int tries = 0; Files.notExists(folder.resolve("hanging")); tries++) {
                assertThat(process.isAlive() && tries < 600).as(Files.readString(folder.resolve("log"))).isTrue();
                Thread.sleep(50);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        var names = Files.list(folder).map(Path::getFileName).map(Path::toString).toList();
        assertThat(names).contains("model-00001-of-00002.safetensors")
                .doesNotContain("model-00002-of-00002.safetensors", "model.safetensors.index.json");
        assertThat(names).filteredOn(name -> name.endsWith(".tmp")).singleElement()
                .satisfies(name -> assertThat(new File(folder.toFile(), name)).isNotEmpty());
        SafetensorsFile.open(folder.resolve("model-00001-of-00002.safetensors")).close();
    }
}
