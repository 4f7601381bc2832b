package org.xlstm4j.distill.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.TrainingProgress;

class StatsFileTest {
    @TempDir
    private Path folder;

    private static TrainingProgress step(int step, double loss) {
        return new TrainingProgress(step, 9, 10L * step, loss, 1e-3, 0.5);
    }

    @Test
    void aStepThatIsDoneAgainIsInItOnce() throws IOException {
        var file = folder.resolve("new").resolve("stats.jsonl");
        var first = new StatsFile(file);
        for (int step = 1; step <= 4; step++) {
            first.stepDone(step(step, step));
        }
        first.evaluated(new HeldOutLoss(4, 2, 0.25));
        Files.writeString(file, "{\"step\": 5, \"lo", StandardOpenOption.APPEND);
        var resumed = new StatsFile(file);
        resumed.resumed(3);
        resumed.stepDone(step(4, 40));
        resumed.stepDone(step(5, Double.NaN));
        var lines = StatsFile.read(file);
        assertThat(lines).extracting(line -> line.get("step").asInt()).containsExactly(1, 2, 3, 4, 5);
        assertThat(lines.get(3).get("loss").asDouble()).isEqualTo(40);
        assertThat(lines.get(4).get("loss").isNull()).isTrue();
    }

    @Test
    void aNewTrainingBeginsItAnew() throws IOException {
        var file = folder.resolve("stats.jsonl");
        new StatsFile(file).stepDone(step(7, 1));
        var other = new StatsFile(file);
        other.stepDone(new AlignmentProgress(1, 2, 3, List.of(0.5, Double.POSITIVE_INFINITY)));
        other.evaluated(new HeldOutLoss(1, 2, 0.25));
        var lines = StatsFile.read(file);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).get("losses").toString()).isEqualTo("[0.5,null]");
        assertThat(lines.get(1).get("kl").asDouble()).isEqualTo(0.25);
    }

    @Test
    void aBrokenLineIsNamed() throws IOException {
        var file = Files.writeString(folder.resolve("stats.jsonl"), "{\"step\": 1}\n{\"st\n{\"step\": 3}\n");
        assertThatThrownBy(() -> StatsFile.read(file)).isInstanceOf(IOException.class)
                .hasMessageContaining("stats.jsonl:2");
    }
}
