package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StopStringsTest {
    private static List<String> pieces(List<String> stops, String... texts) {
        var watch = new StopStrings(stops);
        return IntStream.rangeClosed(0, texts.length)
                .mapToObj(i -> i < texts.length ? watch.add(texts[i]) : watch.end()).toList();
    }

    @Test
    void stringOverSeveralPiecesIsLeftOut() {
        assertThat(pieces(List.of("\n\nUser:"), "Hi.", "\n", "\nUs", "er", ": x", "y"))
                .containsExactly("Hi.", "", "", "", "", "", "");
    }

    @Test
    void whatDoesNotBecomeAStopStringComesLater() {
        assertThat(pieces(List.of("abc"), "a", "b", "x", "ab", "abc")).containsExactly("", "", "abx", "", "ab", "");
        assertThat(pieces(List.of("abc"), "xa", "b")).containsExactly("x", "", "ab");
    }

    @Test
    void ofItsOwnBeginningsTheRestIsStillWaitedFor() {
        assertThat(pieces(List.of("aab"), "a", "a", "a", "a", "b")).containsExactly("", "", "a", "a", "", "");
        assertThat(pieces(List.of("abab!"), "ababab!x")).containsExactly("ab", "");
    }

    @ParameterizedTest
    @CsvSource({"abc|b, xabcy, xa", "abcd|bc, xabcdy, xa", "bc|abc, xabcy, x", "ab|abc, xabcy, x", "c|abc|bc, xabc, x",
        "abcd|bcx, abcx, a", "aa|aaa, xaaay, x", "b|a, cab, c"})
    void firstToBeCompleteEndsTheTextAndOfSeveralTheLongest(String stops, String text, String expected) {
        assertThat(String.join("", pieces(List.of(stops.split("\\|")), text))).isEqualTo(expected);
    }

    @Test
    void textIsTheSameHoweverItIsCut() {
        var random = new Random(11);
        for (int i = 0; i < 2000; i++) {
            var stops = IntStream.rangeClosed(0, random.nextInt(4)).mapToObj(j -> text(random, 1 + random.nextInt(4)))
                    .toList();
            var text = text(random, random.nextInt(30));
            var watch = new StopStrings(stops);
            var out = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(4));
                out.append(watch.add(text.substring(from, to)));
                from = to;
                assertThat(text.substring(0, from)).startsWith(out);
            }
            out.append(watch.end());
            assertThat(out.toString()).as("%s in %s", stops, text).isEqualTo(plain(stops, text));
            assertThat(watch.isFound()).isEqualTo(stops.stream().anyMatch(text::contains));
        }
    }

    private static String text(Random random, int length) {
        return random.ints(length, 'a', 'd').collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
    }

    /** Looks at the text's every beginning for one that ends with a stop string. */
    private static String plain(List<String> stops, String text) {
        for (int end = 0; end <= text.length(); end++) {
            var beginning = text.substring(0, end);
            int longest = stops.stream().filter(beginning::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    @Test
    void withoutStopStringsNothingIsHeldBack() {
        assertThat(pieces(List.of(), "a", "", "bc")).containsExactly("a", "", "bc", "");
    }
}
