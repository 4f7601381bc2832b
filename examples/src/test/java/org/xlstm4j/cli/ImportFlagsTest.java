package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;

/** A teacher with one layer less, and one more, than its config.json says. */
class ImportFlagsTest {
    private static final String UNEXPECTED = "9 unexpected: model.layers.3.";
    private static final String MISSING = "9 missing: model.layers.4.";

    @TempDir
    private Path folder;
    private Path shorter;
    private Path longer;
    private Path data;

    @BeforeEach
    void setUp() throws IOException {
        shorter = withLayers("shorter", 3);
        longer = withLayers("longer", 5);
        data = Files.writeString(folder.resolve("data.jsonl"), "{\"text\": \"one two three\"}\n");
    }

    private Path withLayers(String name, int layers) throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve(name));
        var config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"num_hidden_layers\": 4",
                "\"num_hidden_layers\": " + layers));
        return copy;
    }

    private static CommandRun run(Path teacher, Object[] command, Object... flags) {
        var arguments = Stream.concat(Stream.of(command[0], teacher),
                Stream.concat(Stream.of(command).skip(1), Stream.of(flags))).toArray();
        return CommandRun.of(arguments);
    }

    private void assertRelaxed(Object... command) {
        for (var flags : new Object[][] {{}, {"--allow-missing"}}) {
            var strict = run(shorter, command, flags);
            assertThat(strict.exitCode()).isEqualTo(1);
            assertThat(strict.err()).contains("does not fit its config.json: ", UNEXPECTED);
        }
        var missing = run(longer, command, "--ignore-unexpected");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains(MISSING);
        var relaxed = run(shorter, command, "--ignore-unexpected");
        assertThat(relaxed.exitCode()).as(relaxed.err()).isZero();
    }

    @Test
    void convert() throws IOException {
        assertRelaxed("convert", "--out", folder.resolve("s"));
        assertThat(Checkpoint.open(folder.resolve("s")).report().isExact()).isTrue();
        var run = CommandRun.of("convert", longer, "--out", folder.resolve("l"), "--allow-missing");
        assertThat(run.exitCode()).as(run.err()).isZero();
        var filled = Checkpoint.open(folder.resolve("l")).load().parameters();
        assertThat(filled.get("model.layers.4.input_layernorm.weight").minNumber().floatValue()).isEqualTo(1);
        assertThat(filled.get("model.layers.4.mlp.up_proj.weight").norm2Number().floatValue()).isZero();
    }

    @Test
    void align() {
        var student = folder.resolve("student");
        assertThat(CommandRun.of("convert", shorter, "--out", student, "--window", 4, "--ignore-unexpected").exitCode())
                .isZero();
        var run = new Object[] {"align", student, "--data", data, "--out", folder.resolve("a"), "--steps", 1,
            "--time", 8, "--batch", 1};
        assertThat(run(shorter, run).err()).contains(UNEXPECTED);
        assertThat(run(shorter, run, "--ignore-unexpected").exitCode()).isZero();
    }

    @Test
    void capture() {
        assertRelaxed("capture", "--data", data, "--out", folder.resolve("c"), "--top-k", 2, "--time", 8, "--batch", 1);
    }

    @Test
    void generate() {
        assertRelaxed("generate", "--prompt", "Compute", "--max-new-tokens", 2);
    }

    @Test
    void evaluate() throws IOException {
        var tasks = Files.writeString(folder.resolve("tasks.jsonl"),
                "{\"task\": \"t\", \"prompt\": \"Compute 1 + 2 =\", \"answer\": \" 3\"}\n");
        assertRelaxed("evaluate", "--tasks", tasks);
    }

    @Test
    void inspectStatesWhatIsLetPass() {
        assertThat(CommandRun.of("inspect", shorter).out()).contains(UNEXPECTED);
        assertThat(CommandRun.of("inspect", shorter, "--ignore-unexpected").out())
                .contains("9 unexpected (ignored): model.layers.3.");
        assertThat(CommandRun.of("inspect", longer, "--allow-missing").out())
                .contains("9 missing (allowed; norm weights are 1, others 0): model.layers.4.");
    }
}
