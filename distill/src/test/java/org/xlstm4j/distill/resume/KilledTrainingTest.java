package org.xlstm4j.distill.resume;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.distill.testing.ResumableTraining;
import org.xlstm4j.distill.testing.TinyStore;

/**
 * Training whose process is killed at random points and gone on with, until it is done, yields bit by bit what training
 * without a break does. The system property {@value #KILLS} says how often each stage is killed; for twenty times:
 * {@code ./mvnw -pl distill -am test -Dtest=KilledTrainingTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dxlstm4j.test.kills=20}.
 */
class KilledTrainingTest {
    private static final Logger LOG = LoggerFactory.getLogger(KilledTrainingTest.class);
    private static final String KILLS = "xlstm4j.test.kills";
    /** Steps a life, about. */
    private static final int LIFE = 12;

    @TempDir
    private Path folder;

    private final List<String> log = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void isBitByBitAsIfItHadNotBeenKilled(ResumableTraining stage) throws IOException, InterruptedException {
        int kills = Integer.getInteger(KILLS, 1);
        int steps = LIFE * (kills + 1);
        var tiny = TinyStore.in(Files.createDirectory(folder.resolve("tiny")));
        var expected = stage.straight(tiny, steps);
        var random = new Random(kills);
        int done = 0;
        for (int kill = 0; kill < kills; kill++) {
            int last = Math.min(steps - 1, LIFE * kill + LIFE / 2 + 1 + random.nextInt(LIFE));
            done = Math.max(done, live(stage, tiny, steps, Math.max(last, done + 1), random.nextInt(20_000)));
        }
        live(stage, tiny, steps, Integer.MAX_VALUE, 0);
        assertThat(log).as(String.join("\n", log)).endsWith("done " + expected);
        assertThat(log).filteredOn("killed"::equals).hasSize(kills);
        // By the seventh step the checkpoint of the third is written: that of the sixth waits for it.
        assertThat(log).filteredOn(line -> line.startsWith("resumed ")).isNotEmpty();
        LOG.info("{}: killed {} times; {}; {}", stage, kills, log.stream()
                .filter(line -> line.startsWith("resumed ")).toList(), log.get(log.size() - 1));
    }

    /** Lets a process train to step {@code last} and some microseconds, then kills it; returns the last step seen. */
    private int live(ResumableTraining stage, TinyStore tiny, int steps, int last, int micros)
            throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp", System.getProperty("java.class.path"), ResumableTraining.class.getName(), stage.name(),
                tiny.folder().toString(), Integer.toString(steps), folder.resolve("checkpoints").toString())
                .redirectErrorStream(true).start();
        int seen = 0;
        try (var out = process.inputReader()) {
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                log.add(line);
                if (line.startsWith("step ")) {
                    seen = Integer.parseInt(line.substring("step ".length()));
                    if (seen >= last) {
                        TimeUnit.MICROSECONDS.sleep(micros);
                        log.add("killed");
                        break;
                    }
                }
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        return seen;
    }
}
