package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @BeforeEach
    void noTerminal() {
        System.setProperty(Progress.TERMINAL, "false");
    }

    @AfterEach
    void asItIs() {
        System.clearProperty(Progress.TERMINAL);
    }

    @Test
    void withoutATerminalAFastTaskIsOneLine() {
        var err = new StringWriter();
        try (var progress = new Progress(new PrintWriter(err), "train", "steps", 1000)) {
            for (int step = 1; step <= 1000; step++) {
                progress.update(step, "loss " + step);
            }
        }
        assertThat(err.toString()).hasLineCount(1).startsWith("train: 1000/1000 steps, ").contains("loss 1000")
                .doesNotContain("left");
    }
}
