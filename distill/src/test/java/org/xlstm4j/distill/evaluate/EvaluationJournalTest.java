package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.evaluate.EvaluationResumeException.Reason;
import org.xlstm4j.distill.resume.RunSettings;

/** A model that repeats its prompt, in groups that any end of its process may lie between or within. */
class EvaluationJournalTest {
    private static final Encoding CHARACTERS = new Encoding(text -> text.codePoints().toArray(),
            ids -> new String(ids, 0, ids.length), 1, 2);
    private static final RunSettings SETTINGS = new RunSettings(Map.of("model", "m", "split", "ALL"));

    @TempDir
    private Path folder;
    private Path report;
    private Path journal;
    private int asked;

    @BeforeEach
    void name() {
        report = folder.resolve("report.json");
        journal = folder.resolve("report.json.journal");
    }

    private Evaluator evaluator() {
        return new Evaluator((prompts, most, end) -> prompts.stream().map(ids -> {
            asked++;
            return Arrays.copyOfRange(ids, 1, ids.length);
        }).toList(), sequences -> sequences.stream().map(ids -> {
            var logs = new float[ids.length];
            for (int t = 0; t < logs.length; t++) {
                logs[t] = -ids[t] / 3f - t;
            }
            return logs;
        }).toList(), CHARACTERS);
    }

    private static TaskSet tasks(int items) {
        var tasks = new TreeMap<String, List<TaskItem>>();
        for (int i = 0; i < items; i++) {
            var text = "é\n" + "x".repeat(i % 7) + i;
            tasks.computeIfAbsent("exact", task -> new ArrayList<>()).add(new ExactMatchItem("exact", i, text, text));
            tasks.computeIfAbsent("choice", task -> new ArrayList<>())
                    .add(new ChoiceItem("choice", i, text, List.of(" a", " b" + i), i % 2));
            tasks.computeIfAbsent("text", task -> new ArrayList<>()).add(new TextItem("text", i, text));
        }
        return new TaskSet(tasks);
    }

    private EvaluationReport run() throws IOException {
        var evaluator = evaluator();
        try (var opened = EvaluationJournal.open(report, SETTINGS)) {
            return evaluator.evaluate("m", evaluator.plan(tasks(70), EvaluationOptions.defaults()), opened,
                    progress -> { });
        }
    }

    /** Runs so many groups and leaves the journal. */
    private void interruptAfter(int groups) throws IOException {
        var evaluator = evaluator();
        try (var opened = EvaluationJournal.open(report, SETTINGS)) {
            assertThatThrownBy(() -> evaluator.evaluate("m",
                    evaluator.plan(tasks(70), EvaluationOptions.defaults()), opened, progress -> {
                        if (opened.groups() == groups) {
                            throw new IllegalStateException("interrupted");
                        }
                    })).hasMessage("interrupted");
        }
        assertThat(report).doesNotExist();
    }

    @Test
    void whateverOfTheJournalIsThereTheReportIsTheSame() throws IOException {
        var whole = run();
        var expected = Files.readAllBytes(report);
        assertThat(journal).doesNotExist();
        assertThat(asked).isEqualTo(70);
        Files.delete(report);
        interruptAfter(4);
        var written = Files.readAllBytes(journal);
        var random = new Random(1);
        for (int length = 0; length <= written.length; length += length < 300 ? 1 : 1 + random.nextInt(400)) {
            Files.write(journal, Arrays.copyOf(written, length));
            Files.deleteIfExists(report);
            assertThat(run()).isEqualTo(whole);
            assertThat(report).hasBinaryContent(expected);
            assertThat(journal).doesNotExist();
        }
    }

    @Test
    void whatIsDoneIsNotDoneAgain() throws IOException {
        interruptAfter(1);
        assertThat(asked).isEqualTo(64);
        run();
        assertThat(asked).isEqualTo(70);
    }

    @Test
    void journalThatWasWholeMakesTheReportAlone() throws IOException {
        interruptAfter(6);
        asked = 0;
        run();
        assertThat(asked).isZero();
        assertThat(EvaluationReport.read(report).tasks()).hasSize(3);
    }

    @Test
    void otherSettingsAreRefusedAndNamed() throws IOException {
        interruptAfter(2);
        var before = Files.readAllBytes(journal);
        var other = new RunSettings(Map.of("model", "m", "split", "TUNING", "window", "3"));
        assertThatThrownBy(() -> EvaluationJournal.open(report, other))
                .isInstanceOfSatisfying(EvaluationResumeException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.OTHER_SETTINGS))
                .hasMessageContainingAll(journal.toString(), "split ALL against TUNING; window none against 3",
                        "delete it to begin anew, or choose another file");
        assertThat(journal).hasBinaryContent(before);
        run();
    }

    @Test
    void journalInUseIsRefused() throws IOException {
        try (var opened = EvaluationJournal.open(report, SETTINGS)) {
            assertThat(opened.groups()).isZero();
            assertRefused(Reason.IN_USE, "another evaluation writes it");
        }
        EvaluationJournal.open(report, SETTINGS).close();
    }

    @Test
    void changedBytesAreRefusedAndNothingIsLost() throws IOException {
        interruptAfter(3);
        var written = Files.readAllBytes(journal);
        for (int at : new int[] {0, 9, 40, 300, written.length - 2}) {
            var changed = written.clone();
            changed[at] ^= 1;
            Files.write(journal, changed);
            assertRefused(Reason.DAMAGED, "a line is not as it was written");
            assertThat(journal).hasBinaryContent(changed);
        }
    }

    @Test
    void somebodysFileIsNotTaken() throws IOException {
        for (var content : List.of("Dear diary, nothing happened", "Dear diary\nnothing happened\n")) {
            Files.writeString(journal, content);
            assertRefused(Reason.DAMAGED, "delete it to begin anew");
            assertThat(journal).hasContent(content);
        }
    }

    @Test
    void folderInTheReportsPlaceIsToldAtOnce() throws IOException {
        Files.createDirectory(report);
        assertThatThrownBy(() -> EvaluationJournal.open(report, SETTINGS)).hasMessageContaining("is a folder");
        assertThat(journal).doesNotExist();
    }

    private void assertRefused(Reason reason, String problem) {
        assertThatThrownBy(() -> EvaluationJournal.open(report, SETTINGS)).isInstanceOfSatisfying(
                EvaluationResumeException.class, refused -> assertThat(refused.reason()).isEqualTo(reason))
                .hasMessageContaining(problem);
    }

    @Test
    void settingsTellModelsTasksAndOptionsApart() throws IOException {
        var model = Checkpoint.open(Fixtures.TEACHER);
        var evaluator = evaluator();
        var options = EvaluationOptions.defaults();
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            var settings = EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT, Optional.empty(),
                    evaluator.plan(tasks(9), options));
            assertThat(EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT, Optional.empty(),
                    evaluator.plan(tasks(9), options))).isEqualTo(settings);
            var others = List.of(
                    EvaluationJournal.settings(Checkpoint.open(Fixtures.TIED), tokenizer, ImportOptions.STRICT,
                            Optional.empty(), evaluator.plan(tasks(9), options)),
                    EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT.allowingMissing(),
                            Optional.empty(), evaluator.plan(tasks(9), options)),
                    EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT, Optional.of(model),
                            evaluator.plan(tasks(9), options)),
                    EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT, Optional.empty(),
                            evaluator.plan(tasks(8), options)),
                    EvaluationJournal.settings(model, tokenizer, ImportOptions.STRICT, Optional.empty(),
                            evaluator.plan(tasks(9), options.withMaxNewTokens(3))));
            assertThat(others).extracting(settings::differences).extracting(differences ->
                    differences.stream().map(difference -> difference.replaceFirst(" .*", "")).toList())
                    .containsExactly(List.of("model", "model-config", "model-weights"), List.of("import"),
                            List.of("teacher", "teacher-config", "teacher-weights"), List.of("tasks"),
                            List.of("max-new-tokens"));
        }
    }

    /** Evaluates into {@code args[0]}, slowly. */
    public static void main(String[] args) throws IOException {
        var test = new EvaluationJournalTest();
        test.report = Path.of(args[0]);
        var evaluator = test.evaluator();
        try (var opened = EvaluationJournal.open(test.report, SETTINGS)) {
            evaluator.evaluate("m", evaluator.plan(tasks(70), EvaluationOptions.defaults()), opened, progress -> {
                try {
                    Thread.sleep(200);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void killedProcessIsGoneOnWith() throws IOException, InterruptedException {
        run();
        var expected = Files.readAllBytes(report);
        Files.delete(report);
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var log = folder.resolve("log");
        var process = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                EvaluationJournalTest.class.getName(), report.toString())
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            for (int tries = 0; lines(journal) < 3; tries++) {
                assertThat(process.isAlive() && tries < 60_000).as(Files.readString(log)).isTrue();
                Thread.sleep(1);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(report).doesNotExist();
        asked = 0;
        run();
        assertThat(asked).isZero();
        assertThat(report).hasBinaryContent(expected);
    }

    private static long lines(Path file) throws IOException {
        if (Files.notExists(file)) {
            return 0;
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).chars().filter(c -> c == '\n').count();
    }
}
