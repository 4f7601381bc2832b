package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Encoding;

class NeedlePromptTest {
    private static final String TEXT = "Ships pass. Does the river rise? No!\n\nÜber den Bergen, 山の上、 it is 3.14 far. "
            + "A sentence without an end";
    /** A character a token, without a begin token. */
    private static final Encoding CHARACTERS = new Encoding(text -> text.codePoints().toArray(),
            ids -> new String(ids, 0, ids.length), Encoding.NO_BOS, 1);
    /** A word a token: what is between spaces, known by its place in the list of all words. */
    private static final List<String> WORDS = new ArrayList<>();
    private static final Encoding WORDS_ALONE = new Encoding(
            text -> IntStream.range(0, text.strip().split("\\s+").length).map(i -> word(text.strip().split("\\s+")[i]))
                    .toArray(),
            ids -> String.join(" ", IntStream.of(ids).mapToObj(WORDS::get).toList()), 0, 1);

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        WORDS.addAll(List.of("<bos>", "<eos>"));
        tokenizer = Tokenizer.open(Fixtures.TEACHER);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static int word(String word) {
        if (!WORDS.contains(word)) {
            WORDS.add(word);
        }
        return WORDS.indexOf(word);
    }

    private static List<Encoding> encodings() {
        return List.of(new Encoding(tokenizer::encode, tokenizer::decode, 1, 2),
                new Encoding(tokenizer::encode, tokenizer::decode, Encoding.NO_BOS, 2), CHARACTERS, WORDS_ALONE);
    }

    private static List<NeedleItem> items(int length, String text, long seed) {
        return new Needles(List.of(length), List.of(0.0, 0.1, 0.5, 0.77, 1.0), 2, seed, text).tasks().all().stream()
                .map(NeedleItem.class::cast).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {181, 182, 256, 257, 1003})
    void promptHasExactlyItsTokens(int length) {
        for (var encoding : encodings()) {
            for (var text : List.of("", TEXT)) {
                for (var item : items(length, text, 5)) {
                    var prompt = NeedlePrompt.of(item, encoding);
                    assertThat(prompt).as("%s", item).hasSize(length);
                    if (encoding.bosId() != Encoding.NO_BOS) {
                        assertThat(prompt).startsWith(encoding.bosId());
                        assertThat(IntStream.of(prompt).filter(id -> id == encoding.bosId())).hasSize(1);
                    }
                }
            }
        }
    }

    @Test
    void needleLiesAtItsDepthBetweenSentencesAndTheQuestionIsLast() {
        for (var item : items(6000, "", 9)) {
            var prompt = CHARACTERS.decode(NeedlePrompt.of(item, CHARACTERS));
            var needle = " The secret number of " + item.key() + " is " + item.answer() + ".";
            assertThat(prompt).containsOnlyOnce(needle).endsWith("\n\nWhat is the secret number of " + item.key()
                    + "? The secret number of " + item.key() + " is");
            int at = prompt.indexOf(needle);
            double room = prompt.length() - needle.length() - (prompt.length() - prompt.indexOf("\n\nWhat"));
            // A sentence made by rule has at most 70 characters.
            assertThat(at / room).isBetween(item.depth() - 70 / room, item.depth() + 70 / room);
            if (item.depth() > 0 && item.depth() < 1) {
                assertThat(prompt.charAt(at - 1)).isEqualTo('.');
            } else {
                assertThat(at).isEqualTo((int) (item.depth() * room));
            }
        }
    }

    @Test
    void sentencesOfATextComeInTheirOrderAgainAndAgain() {
        var sentences = new Haystack(TEXT, 3).sentences();
        var read = IntStream.range(0, 10).mapToObj(i -> sentences.next()).toList();
        assertThat(read.subList(5, 10)).isEqualTo(read.subList(0, 5));
        assertThat(read.subList(0, 5)).containsExactlyInAnyOrder("Ships pass.", "Does the river rise?", "No!",
                "Über den Bergen, 山の上、 it is 3.14 far.", "A sentence without an end");
        assertThat(read.get((read.indexOf("No!") + 1) % 5)).startsWith("Über");
        assertThatThrownBy(() -> new Haystack(" \n ", 0).sentences()).hasMessageContaining("blank");
    }

    @Test
    void seedDecidesAlone() {
        var first = items(500, "", 4);
        var again = items(500, "", 4);
        var other = items(500, "", 6);
        assertThat(again).isEqualTo(first);
        assertThat(other).extracting(NeedleItem::answer).doesNotContainAnyElementsOf(
                first.stream().map(NeedleItem::answer).toList());
        for (int i = 0; i < first.size(); i++) {
            assertThat(NeedlePrompt.of(again.get(i), CHARACTERS)).isEqualTo(NeedlePrompt.of(first.get(i), CHARACTERS))
                    .isNotEqualTo(NeedlePrompt.of(other.get(i), CHARACTERS));
            assertThat(first.get(i).answer()).matches("[1-9]\\d{6}");
        }
    }

    @Test
    void lengthWithoutRoomIsRefused() {
        var item = items(100, "", 1).get(0);
        assertThatThrownBy(() -> NeedlePrompt.of(item, CHARACTERS)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("a needle's prompt of 100 tokens is too short: needle and question alone take "
                        + "1\\d\\d; choose a greater length");
    }

    @Test
    void numberMustStandWholeInTheAnswer() {
        var item = new NeedleItem("t", 0, 100, 0, "Oslo", "1234567", new Haystack("", 0));
        assertThat(List.of(" 1234567", "1234567.", "It is 1234567!", "x1234567y"))
                .allMatch(item::isFoundIn);
        assertThat(List.of("", "123456", " 12345678", "01234567", "1 234 567")).noneMatch(item::isFoundIn);
    }

    @Test
    void wrongNeedlesAreRefused() {
        assertThatThrownBy(() -> new Needles(List.of(), List.of(0.5), 1, 0, "")).hasMessageContaining("lengths");
        assertThatThrownBy(() -> new Needles(List.of(9, 9), List.of(0.5), 1, 0, "")).hasMessageContaining("lengths");
        assertThatThrownBy(() -> new Needles(List.of(9), List.of(0.5, 0.5), 1, 0, "")).hasMessageContaining("depths");
        assertThatThrownBy(() -> new Needles(List.of(9), List.of(0.5), 0, 0, "")).hasMessageContaining("sample");
        assertThatThrownBy(() -> new Needles(List.of(9), List.of(1.5), 1, 0, "").tasks()).hasMessageContaining("depth");
        assertThatThrownBy(() -> new Needles(List.of(0), List.of(1.0), 1, 0, "").tasks()).hasMessageContaining("token");
    }

    @Test
    void foundNeedlesAreCountedByLengthAndDepth() {
        var tasks = new Needles(List.of(300, 200), List.of(0.0, 1.0), 2, 8, "").tasks();
        // Finds what lies at the beginning, and the first of those at the end of the shorter ones.
        var evaluator = new Evaluator((prompts, most, end) -> prompts.stream().map(prompt -> {
            var text = CHARACTERS.decode(prompt);
            var found = text.replaceFirst("(?s).* is (\\d{7})\\..*", " $1");
            boolean finds = text.startsWith(" The secret") || prompt.length == 200
                    && found.equals(" " + ((NeedleItem) tasks.items().get("needle-200").get(2)).answer());
            return CHARACTERS.encoder().apply(finds ? found : " 1");
        }).toList(), sequences -> List.of(), CHARACTERS);
        var report = evaluator.evaluate("m", tasks, EvaluationOptions.defaults());
        assertThat(report.needles()).containsExactly(new NeedleCell(200, 0, 2, new Measure(1, 0)),
                new NeedleCell(200, 1, 2, new Measure(0.5, Math.sqrt(0.125))),
                new NeedleCell(300, 0, 2, new Measure(1, 0)), new NeedleCell(300, 1, 2, new Measure(0, 0)));
        assertThat(report.scores()).containsEntry("needle-200", 0.75).containsEntry("needle-300", 0.5);
    }
}
