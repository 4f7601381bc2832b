package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.testing.TinyStore;
import org.xlstm4j.model.CausalLm;

class EarlyStoppingTest {
    @TempDir
    private static Path shared;
    private static CausalLm student;
    private static Trained trained;

    @BeforeAll
    static void open() throws IOException {
        student = TinyStore.in(shared).student();
        trained = Trained.of(student, DistillationOptions.of(1, 1, 1e-3, 1));
    }

    private static EarlyStopping measured(int patience, double... kls) {
        var stopping = new EarlyStopping(patience);
        for (int step = 0; step < kls.length; step++) {
            stopping.measured(new HeldOutLoss(step + 1, 1, kls[step]), trained);
        }
        return stopping;
    }

    @Test
    void stopsAfterAsManyMeasurementsWithoutALowerOne() {
        assertThat(measured(2, 3, 2, 2).isOver()).isFalse();
        assertThat(measured(2, 3, 2, 2, 2.5).isOver()).isTrue();
        assertThat(measured(2, 3, 2, 2, 1, 2).isOver()).isFalse();
        assertThat(measured(0, 3, 4, 5, 6).isOver()).isFalse();
        assertThat(measured(2, 3, 2, 2, 2.5).best()).hasValue(new HeldOutLoss(2, 1, 2));
    }

    @Test
    void whatIsNotANumberIsNeverTheBest() {
        var stopping = measured(2, Double.NaN, 3);
        assertThat(stopping.best()).hasValue(new HeldOutLoss(2, 1, 3));
        assertThat(stopping.isOver()).isFalse();
        assertThat(measured(2, 3, Double.NaN, 2).best()).hasValue(new HeldOutLoss(3, 1, 2));
        var never = measured(2, Double.NaN, Double.POSITIVE_INFINITY);
        assertThat(never.isOver()).isTrue();
        assertThat(never.best()).isEmpty();
        assertThat(never.arrays()).isEmpty();
    }

    @Test
    void givesBackTheBestWeights() {
        var name = student.parameters().keySet().iterator().next();
        var array = student.parameters().get(name);
        var before = array.dup();
        var stopping = measured(1, 2);
        array.addi(1);
        stopping.measured(new HeldOutLoss(2, 1, 3), trained);
        stopping.putBackBest(trained);
        assertThat(array).isEqualTo(before);
    }
}
