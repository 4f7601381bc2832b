package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchOpsCommandTest {
    @Test
    void measuresEveryFormBesideTheOthers(@TempDir Path folder) throws IOException {
        var json = folder.resolve("bench.json");
        var run = CommandRun.of("bench", "ops", "--operator", "window-attention", "--time", 33, "--quick",
                "--json", json);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsSubsequence("gemm", "operator", "speedup", "T=33 H=8 d=64 W=256 S=4",
                "forward  composed", "forward       cpu", "forward+backward  composed", "forward+backward       cpu")
                .doesNotContain("failed");
        var report = Outputs.readJson(json);
        assertThat(report.path("machine").path("flopsPerSecond").asDouble()).isPositive();
        assertThat(report.path("machine").path("bytesPerSecond").asDouble()).isPositive();
        assertThat(report.path("rows")).hasSize(4).allSatisfy(row -> {
            assertThat(row.path("tokens").asInt()).isEqualTo(33);
            assertThat(row.path("milliseconds").path("median").asDouble()).isPositive();
            assertThat(row.path("shareOfGemm").asDouble()).isBetween(0.0, 1.0);
            assertThat(row.path("heapBytes").asLong()).isPositive();
            assertThat(row.path("ops").asInt()).matches(ops -> ops == 1 == row.path("form").asText().equals("cpu"));
        });
    }

    @Test
    void measuresOneFormAlone() {
        var run = CommandRun.of("bench", "ops", "--operator", "mlstm-step", "--form", "composed", "--quick");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("mlstm-step").contains("composed").doesNotContain("cpu");
    }

    @Test
    void trainsTheDemosStudent() {
        var run = CommandRun.of("bench", "ops", "--home", CommandRun.TEACHER.getParent(), "--operator",
                "language-model", "--form", "cpu", "--quick");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("8 × 128 tokens", "forward+backward").doesNotContain("failed");
    }

    @Test
    void theGpuIsMeasuredAloneAndWhereThereIsOne() {
        var mixed = CommandRun.of("bench", "ops", "--form", "cuda,cpu");
        assertThat(mixed.exitCode()).isEqualTo(2);
        assertThat(mixed.err()).contains("--form cuda is measured alone");
        var none = CommandRun.of("bench", "ops", "--form", "cuda", "--operator", "linear");
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.err()).contains("there is no GPU that ND4J runs on").contains("nd4j-cuda-11.6-platform");
        assertThat(CommandRun.of("bench", "ops", "--form", "cuda", "--type", "int8").exitCode()).isNotZero();
    }

    @Test
    void unknownOperatorsAndLengthsAreMisuse() {
        var unknown = CommandRun.of("bench", "ops", "--operator", "mlstn");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("no operator mlstn; there are mlstm, ");
        assertThat(CommandRun.of("bench", "ops", "--time", 0).exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("bench").exitCode()).isEqualTo(2);
    }
}
