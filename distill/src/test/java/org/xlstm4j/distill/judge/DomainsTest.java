package org.xlstm4j.distill.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DomainsTest {
    @TempDir
    private Path folder;

    @Test
    void domainIsWhatStandsBeforeTheFirstDot() {
        assertThat(Domains.byPrefix().of("math.add.two")).isEqualTo("math");
        assertThat(Domains.byPrefix().of("gsm8k")).isEqualTo("other");
        assertThat(Domains.byPrefix().of(".hidden")).isEqualTo("other");
    }

    @Test
    void domainIsTheFirstWithAPatternThatFits() throws IOException {
        var domains = Domains.read(Files.writeString(folder.resolve("d.json"),
                "{\"math\": [\"gsm8k\", \"minerva_*\"], \"code\": [\"*\"]}"));

        assertThat(domains.of("gsm8k")).isEqualTo("math");
        assertThat(domains.of("minerva_math_algebra")).isEqualTo("math");
        assertThat(domains.of("gsm8k_cot")).isEqualTo("code");
        assertThat(Domains.read(Files.writeString(folder.resolve("e.json"), "{\"m\": [\"a\"]}")).of("x.y"))
                .isEqualTo("other");
    }

    @Test
    void otherFilesAreRefused() {
        for (var bad : new String[] {"{\"math\": \"gsm8k\"}", "{\"math\": ", "{}", "[]"}) {
            assertThatThrownBy(() -> Domains.read(Files.writeString(folder.resolve("bad.json"), bad)))
                    .as(bad).isInstanceOf(ScoreFileException.class)
                    .hasMessageContaining("expected {\"domain\": [\"task\"");
        }
        assertThatThrownBy(() -> Domains.read(folder.resolve("none.json"))).hasMessageContaining("no such file");
    }
}
