package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.ExactMatchResult;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskResult;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.tune.Evaluation;
import org.xlstm4j.merge.tune.TuningResult;

class DemoReportTest {
    @TempDir
    private Path folder;

    @Test
    void folderHoldsEveryFigure() throws IOException {
        var uniform = report(DemoResult.UNIFORM, 2).only(Split.HELD_OUT);
        var tuned = report(DemoResult.TUNED, 3).only(Split.HELD_OUT);
        var candidate = new Evaluation(0, Coefficients.uniform(4), 0.5, 10, Optional.empty());
        var result = new DemoResult(DemoSettings.of(1), report("teacher", 4), new TreeMap<>(Map.of("math.add", 1.0)),
                new DemoResult.Aligned(List.of(0.5), List.of(0.1), List.of(List.of(1.0), List.of(0.5))),
                Map.of("math", List.of(2.0, 1.0)), new TuningResult(List.of(candidate)), List.of(uniform, tuned),
                new double[][] {{0.25, 0.75}}, Map.of("align", 1.0), 1_000_000);

        DemoReport.write(result, folder);

        try (var files = Files.list(folder)) {
            assertThat(files).extracting(file -> file.getFileName().toString()).containsExactlyInAnyOrder(
                    "report.md", "report.html", "settings.json", "win-and-tie.png", "alignment.png",
                    "distillation.png", "gates.png", "evaluations");
        }
        // Of the held-out items the teacher has both right, the uniform merge one and the tuned one one.
        assertThat(Files.readString(folder.resolve("report.md")))
                .containsPattern("(?m)^math.add +1.000 +0.500 +0.500 +0.500$");
        assertThat(Files.readString(folder.resolve("report.html"))).contains("tuned merge", "uniform merge",
                "layer 0, head 1: 0.750");
    }

    /** A report on four items, of which the first {@code right} are right. */
    private static EvaluationReport report(String model, int right) {
        var items = new ArrayList<ItemResult>();
        for (int i = 0; i < 4; i++) {
            items.add(new ExactMatchResult(i, "p" + i, "a", i < right ? "a" : "b", i < right, 2, 1.5));
        }
        return new EvaluationReport(model, EvaluationOptions.defaults(), List.of(TaskResult.of("math.add", items)));
    }
}
