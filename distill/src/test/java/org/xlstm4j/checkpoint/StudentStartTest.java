package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;

class StudentStartTest {
    private static final HybridConfig HYBRID = new HybridConfig(16, 4, 32);

    @Test
    void teachersWeightsAreCopied() throws IOException {
        var teacher = Checkpoint.open(Fixtures.TEACHER).load();
        var student = StudentStart.from(teacher, HYBRID);
        teacher.parameters().forEach((name, array) -> {
            assertThat(Fixtures.floats(student.parameters().get(name))).isEqualTo(Fixtures.floats(array));
            student.parameters().get(name).addi(1);
            assertThat(array).isNotEqualTo(student.parameters().get(name));
        });
        assertThat(student.config()).isEqualTo(teacher.config().withHybrid(HYBRID));
    }

    @Test
    void mixerStartsWhereTheWindowDominates() throws IOException {
        var student = StudentStart.from(Checkpoint.open(Fixtures.TEACHER).load(), HYBRID);
        for (int layer = 0; layer < 4; layer++) {
            var names = ParameterNames.layer(layer);
            for (var features : new String[] {names.queryFeatures(), names.keyFeatures()}) {
                var array = student.parameters().get(features);
                for (int head = 0; head < 4; head++) {
                    for (int row = 0; row < 32; row++) {
                        for (int column = 0; column < 32; column++) {
                            assertThat(array.getFloat(head, row, column)).isEqualTo(row == column ? 1f : 0f);
                        }
                    }
                }
            }
            assertThat(values(student, names.inputGateWeight())).hasSize(4 * 128).containsOnly(0);
            assertThat(values(student, names.inputGateBias())).containsOnly(0);
            assertThat(values(student, names.forgetGateWeight())).containsOnly(0);
            assertThat(values(student, names.forgetGateBias())).containsExactly(3, 4, 5, 6);
            assertThat(values(student, names.outputGateWeight())).hasSize(4 * 96).containsOnly(0);
            assertThat(values(student, names.outputGateBias())).containsOnly(StudentStart.OUTPUT_GATE_BIAS);
        }
    }

    @Test
    void singleHeadStartsAtTheFirstBias() {
        var config = new ModelConfig("llama", 11, 6, 10, 1, 1, 1, 6, 64, 1e-5,
                RopeSpec.of(6, 10_000), true, Optional.empty());
        var student = StudentStart.from(CausalLm.random(config, 0.1, 1), HYBRID);
        assertThat(values(student, ParameterNames.layer(0).forgetGateBias()))
                .containsExactly(StudentStart.FIRST_FORGET_BIAS);
    }

    static Stream<HybridConfig> mixers() {
        return Stream.of(HYBRID, new HybridConfig(Memory.LINEAR, 0, 0, 32), new HybridConfig(Memory.MLSTM, 0, 0, 32),
                new HybridConfig(Memory.MLSTM, 16, 0, 32), new HybridConfig(Memory.LINEAR, 16, 4, 32));
    }

    @ParameterizedTest
    @MethodSource("mixers")
    void studentIsWrittenAndReadAgain(HybridConfig hybrid, @TempDir Path folder) throws IOException {
        var source = Checkpoint.open(Fixtures.TEACHER);
        var student = StudentStart.from(source.load(), hybrid);
        var written = Checkpoint.write(folder.resolve("student"), student, source, DType.F32);
        assertThat(written.config()).isEqualTo(student.config());
        var again = written.load();
        student.parameters().forEach((name, array) ->
                assertThat(Fixtures.floats(again.parameters().get(name))).as(name).isEqualTo(Fixtures.floats(array)));
        var rewritten = Checkpoint.write(folder.resolve("again"), again, written, DType.F32);
        assertThat(rewritten.fingerprint()).isEqualTo(written.fingerprint());
    }

    @Test
    void studentIsNotConvertedTwice() throws IOException {
        var student = StudentStart.from(Checkpoint.open(Fixtures.TEACHER).load(), HYBRID);
        assertThatThrownBy(() -> StudentStart.from(student, HYBRID)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("student already");
    }

    private static float[] values(CausalLm model, String name) {
        return Fixtures.floats(model.parameters().get(name));
    }
}
