package org.xlstm4j.distill.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HarnessResultsTest {
    static final Path TEACHER = Path.of("src/test/resources/lm-eval/teacher");
    static final Path STUDENT = Path.of("src/test/resources/lm-eval/student");

    @TempDir
    private Path folder;

    @Test
    void countsOneMeasureATaskAndGroupsInPlaceOfTheirMembers() throws IOException {
        var scores = ModelScores.read(TEACHER, ScoreOptions.defaults());

        assertThat(scores.name()).isEqualTo("org/Teacher-1B");
        // my_suite has no score of its own, so its member counts.
        assertThat(scores.tasks().keySet())
                .containsExactly("arc_easy", "gsm8k", "humaneval", "mmlu", "my_suite_a", "wikitext");
        assertThat(scores.tasks().values()).extracting(Score::measure).containsExactly("acc_norm,none",
                "exact_match,strict-match", "pass@1,create_test", "acc,none", "acc,none", "word_perplexity,none");
        assertThat(scores.tasks().get("arc_easy").value()).isEqualTo(0.875);
        assertThat(scores.tasks().get("mmlu").value()).isEqualTo(0.66);
        assertThat(scores.tasks().get("mmlu").standardError()).isEqualTo(0.0038);
        assertThat(scores.tasks().get("mmlu").protocol()).isEqualTo("5-shot, version 2");
        assertThat(scores.tasks().get("wikitext").higherIsBetter()).isFalse();
        assertThat(scores.settings()).containsEntry("limit", "8.0").containsEntry("lm_eval version", "0.4.9.2")
                .doesNotContainKey("chat template").doesNotContainKey("gen_kwargs");
    }

    @Test
    void membersCountInPlaceOfGroups() throws IOException {
        var scores = ModelScores.read(TEACHER, ScoreOptions.defaults().withSubtasks(true));

        assertThat(scores.tasks().keySet()).containsExactly("arc_easy", "gsm8k", "humaneval", "mmlu_anatomy",
                "mmlu_virology", "my_suite_a", "wikitext");
    }

    @Test
    void standardErrorOfAProportionFollowsFromTheNumberOfItems() throws IOException {
        var scores = ModelScores.read(TEACHER, ScoreOptions.defaults()).tasks();

        assertThat(scores.get("my_suite_a").standardError()).isCloseTo(Math.sqrt(0.25 / 100), within(1e-15));
        assertThat(scores.get("humaneval").standardError()).isNaN();
    }

    @Test
    void takesTheChosenMeasure() throws IOException {
        var chosen = ModelScores.read(TEACHER, ScoreOptions.defaults().withMetric("*", "acc")
                .withMetric("gsm8k", "exact_match,flexible-extract").withMetric("wikitext", "bits_per_byte")).tasks();

        assertThat(chosen.get("arc_easy").measure()).isEqualTo("acc,none");
        assertThat(chosen.get("arc_easy").value()).isEqualTo(0.75);
        assertThat(chosen.get("gsm8k").value()).isEqualTo(4 / 6.0);
        assertThat(chosen.get("humaneval").measure()).isEqualTo("pass@1,create_test");
        assertThat(chosen.get("wikitext").measure()).isEqualTo("bits_per_byte,none");
    }

    @Test
    void measuresThatDoNotStandOutAreAllListed() throws IOException {
        var file = write("""
                {"results": {"a": {"alias": "a", "rouge1,none": 0.5, "bleu,none": 20.0},
                             "b": {"exact_match,maj@8": 0.5, "exact_match,maj@64": 0.6},
                             "c": {"acc,none": 0.5}}}""");

        assertThatThrownBy(() -> ModelScores.read(file, ScoreOptions.defaults().withMetric("c", "f1")))
                .isInstanceOf(ScoreFileException.class)
                .hasMessageContaining("a: none of the measures rouge1,none; bleu,none stands out")
                .hasMessageContaining("b: none of the filters of exact_match,maj@8; exact_match,maj@64 stands out")
                .hasMessageContaining("c: it has only acc,none").hasMessageContaining("--metric TASK=MEASURE");
    }

    @Test
    void readsFilesOfHarnessesWithoutFilters() throws IOException {
        var scores = ModelScores.read(write("""
                {"results": {"hellaswag": {"acc": 0.5, "acc_stderr": 0.01, "acc_norm": 0.7, "acc_norm_stderr": 0.02}},
                 "versions": {"hellaswag": 0}, "config": {"model": "hf-causal", "model_args": "pretrained=gpt2,x=1"}}
                """), ScoreOptions.defaults());

        assertThat(scores.name()).isEqualTo("gpt2");
        assertThat(scores.tasks().get("hellaswag").value()).isEqualTo(0.7);
        assertThat(scores.tasks().get("hellaswag").standardError()).isEqualTo(0.02);
    }

    @Test
    void samplesBesideTheResultsGiveTheItems() throws IOException {
        var scores = ModelScores.read(TEACHER, ScoreOptions.defaults()).tasks();

        assertThat(scores.get("arc_easy").items()).hasSize(8);
        assertThat(scores.get("gsm8k").items().values()).extracting(Score.Item::sum)
                .containsExactly(1.0, 1.0, 0.0, 0.0, 1.0, 0.0);
        assertThat(scores.get("mmlu").items()).isEmpty();
        assertThat(ModelScores.read(TEACHER, ScoreOptions.defaults().withSamples(false)).tasks().get("gsm8k").items())
                .isEmpty();
    }

    @Test
    void samplesOfMembersAreThoseOfTheGroup() throws IOException {
        write("results_2026-01-01T00-00-00.0.json", """
                {"results": {"g": {"acc,none": 0.75}, "g_a": {"acc,none": 1.0}, "g_b": {"acc,none": 0.5}},
                 "group_subtasks": {"g": ["g_a", "g_b"]}}""");
        write("samples_g_a_2026-01-01T00-00-00.0.jsonl", """
                {"doc_id": 0, "filter": "none", "acc": 1.0}
                {"doc_id": 1, "filter": "none", "acc": true}
                """);
        write("samples_g_b_2026-01-01T00-00-00.0.jsonl", """
                {"doc_id": 0, "filter": "none", "acc": 1.0}
                {"doc_id": 1, "filter": "none", "acc": 0.0}
                """);

        var score = ModelScores.read(folder, ScoreOptions.defaults()).tasks().get("g");

        assertThat(score.items().values()).extracting(Score.Item::sum).containsExactly(1.0, 1.0, 1.0, 0.0);
    }

    @Test
    void samplesOfWhichTheScoreIsNotTheMeanAreNotUsed() throws IOException {
        write("results_2026-01-01T00-00-00.0.json", "{\"results\": {\"a\": {\"f1,none\": 0.7}}}");
        write("samples_a_2026-01-01T00-00-00.0.jsonl", "{\"doc_id\": 0, \"f1\": 0.5}\n");

        var scores = ModelScores.read(folder, ScoreOptions.defaults());

        assertThat(scores.tasks().get("a").items()).isEmpty();
        assertThat(scores.notes()).singleElement().asString().contains("samples of a average to 0.5");
    }

    @Test
    void samplesThatAreNotOneNumberAnItemAreNotUsed() throws IOException {
        write("results_2026-01-01T00-00-00.0.json", "{\"results\": {\"a\": {\"f1,none\": 0.7}}}");
        write("samples_a_2026-01-01T00-00-00.0.jsonl", "{\"doc_id\": 0, \"f1\": [0, 1]}\n");

        assertThat(ModelScores.read(folder, ScoreOptions.defaults()).tasks().get("a").items()).isEmpty();
    }

    @Test
    void brokenSamplesAreNamed() throws IOException {
        write("results_2026-01-01T00-00-00.0.json", "{\"results\": {\"a\": {\"acc,none\": 0.5}}}");
        write("samples_a_2026-01-01T00-00-00.0.jsonl", "{\"doc_id\": 0, \"acc\": 1}\n{\"acc\": 0}\n");

        assertThatThrownBy(() -> ModelScores.read(folder, ScoreOptions.defaults())).isInstanceOf(IOException.class)
                .hasMessageContaining("samples_a_2026-01-01T00-00-00.0.jsonl").hasMessageContaining("no \"doc_id\"");
    }

    @Test
    void severalResultsInOneFolderAreListed() throws IOException {
        write("results_1.json", "{\"results\": {}}");
        write("results_2.json", "{\"results\": {}}");

        assertThatThrownBy(() -> ModelScores.read(folder, ScoreOptions.defaults()))
                .isInstanceOf(ScoreFileException.class).hasMessageContaining("results_1.json")
                .hasMessageContaining("results_2.json").hasMessageContaining("name one of them");
        assertThatThrownBy(() -> ModelScores.read(Files.createDirectory(folder.resolve("empty")),
                ScoreOptions.defaults())).hasMessageContaining("no results_*.json");
    }

    @Test
    void filesThatAreNoScoresAreRefused() throws IOException {
        assertThatThrownBy(() -> read("[1]")).isInstanceOf(ScoreFileException.class)
                .hasMessageContaining("not a JSON object");
        assertThatThrownBy(() -> read("")).hasMessageContaining("not a JSON object");
        assertThatThrownBy(() -> read("{\"a\": 1,\n\"b\"")).hasMessageContaining("broken JSON in line 2");
        assertThatThrownBy(() -> read("{\"a\": \"x\"}")).hasMessageContaining("the score of \"a\" is not a number");
        assertThatThrownBy(() -> read("{}")).hasMessageContaining("no score in it");
        assertThatThrownBy(() -> read("{\"results\": {\"a\": {\"alias\": \"a\", \"bypass,none\": 999}}}"))
                .hasMessageContaining("no score in its \"results\"");
        assertThatThrownBy(() -> ModelScores.read(folder.resolve("none.json"), ScoreOptions.defaults()))
                .hasMessageContaining("there is no such file");
    }

    @Test
    void modelsLoadedFromAFolderAreNamedAfterIt() throws IOException {
        assertThat(read("{\"results\": {\"a\": {\"acc,none\": 1}}, \"model_name\": \"/scratch/runs/merged/\"}").name())
                .isEqualTo("merged");
        assertThat(read("{\"results\": {\"a\": {\"acc,none\": 1}}, \"model_name\": \"\"}").name()).isEqualTo("file");
    }

    private ModelScores read(String json) throws IOException {
        return ModelScores.read(write(json), ScoreOptions.defaults());
    }

    private Path write(String json) throws IOException {
        return write("file.json", json);
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }
}
