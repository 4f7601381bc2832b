package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it captures, again and again; {@code -Dxlstm4j.test.kills=20} sets how often. */
class KilledCaptureTest {
    private static final int KILLS = Integer.getInteger("xlstm4j.test.kills", 2);
    private static final int DOCUMENTS = 40 * KILLS;

    @TempDir
    private Path folder;

    /** Captures to {@code args[0]}, of {@code args[1]} documents, slowly. */
    public static void main(String[] args) throws IOException {
        Capture.write(Path.of(args[0]), TinyCapture.teacher(), TinyCapture.data(Integer.parseInt(args[1])),
                TinyCapture.TOP_K, row -> {
                    try {
                        Thread.sleep(10);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    @Test
    void theStoreIsAsIfItHadNotBeen() throws IOException, InterruptedException {
        var undisturbed = folder.resolve("undisturbed");
        Capture.write(undisturbed, TinyCapture.teacher(), TinyCapture.data(DOCUMENTS), TinyCapture.TOP_K, row -> { });
        var store = folder.resolve("store");
        var part = TargetStoreWriter.part(store);
        var random = new Random(KILLS);
        long size = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long share = (Files.size(undisturbed) - size) / (KILLS - kill + 1);
            size = killAt(store, size + 1 + random.nextInt((int) share), random.nextInt(10));
        }
        assertThat(part).exists();
        var rows = new ArrayList<Integer>();
        Capture.write(store, TinyCapture.teacher(), TinyCapture.data(DOCUMENTS), TinyCapture.TOP_K, rows::add);
        assertThat(rows.get(0)).as("rows that were there").isGreaterThan(1);
        assertThat(store).hasSameBinaryContentAs(undisturbed);
    }

    /** Runs a capture until its file has some bytes and some time has passed; gives the file's size then. */
    private long killAt(Path store, long bytes, int millis) throws IOException, InterruptedException {
        var part = TargetStoreWriter.part(store);
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var log = folder.resolve("log");
        var process = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                KilledCaptureTest.class.getName(), store.toString(), Integer.toString(DOCUMENTS))
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            for (int tries = 0; Files.notExists(part) || Files.size(part) < bytes; tries++) {
                assertThat(process.isAlive() && tries < 60_000).as(Files.readString(log)).isTrue();
                Thread.sleep(1);
            }
            Thread.sleep(millis);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        return Files.size(part);
    }
}
