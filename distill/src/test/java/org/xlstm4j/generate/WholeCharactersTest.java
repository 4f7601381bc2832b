package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeCharactersTest {
    private static final String FAMILY = "👨‍👩‍👧";
    private static final String FLAG = "🇦🇹";

    private static List<String> pieces(String... texts) {
        var whole = new WholeCharacters();
        var pieces = new ArrayList<String>();
        for (var text : texts) {
            pieces.add(whole.add(text));
        }
        pieces.add(whole.end());
        return pieces;
    }

    @ParameterizedTest
    @ValueSource(strings = {FAMILY, FLAG, "👍🏽", "🏳️‍🌈", "1️⃣", "e\u0301", "\r\n", "각", "नि"})
    void characterOfSeveralCodePointsComesInOne(String character) {
        var parts = character.codePoints().mapToObj(Character::toString).toArray(String[]::new);
        assertThat(parts).hasSizeGreaterThan(character.equals("각") ? 0 : 1);
        assertThat(pieces(parts)).filteredOn(piece -> !piece.isEmpty()).containsExactly(character);
    }

    @Test
    void lastCharacterWaitsForTheNext() {
        assertThat(pieces(" 8", "3", "", "!")).containsExactly(" ", "8", "", "3", "!");
    }

    @Test
    void lineFeedDoesNotWait() {
        assertThat(pieces("a\n", "b")).containsExactly("a\n", "", "b");
        assertThat(pieces("a\r", "\n")).containsExactly("a", "\r\n", "");
    }

    @Test
    void flagsArePairedFromTheFirst() {
        assertThat(pieces("🇦", "🇹🇩", "🇪")).containsExactly("", "🇦🇹", "", "🇩🇪");
    }

    @Test
    void endlessMarksAreNotWaitedFor() {
        var whole = new WholeCharacters();
        int given = 0;
        for (int i = 0; i < 10_000; i++) {
            given += whole.add("\u0301").length();
        }
        assertThat(given).isGreaterThan(9900);
        assertThat(given + whole.end().length()).isEqualTo(10_000);
    }

    @Test
    void piecesAreTheTextAndAreCutBetweenCharacters() {
        var random = new Random(5);
        var parts = List.of("a", " ", "é", "e\u0301", FAMILY, FLAG, "👍🏽", "1️⃣", "\r\n", "\n", "日", "\u200d", "\u0301");
        for (int i = 0; i < 500; i++) {
            var text = new StringBuilder();
            random.ints(12, 0, parts.size()).forEach(part -> text.append(parts.get(part)));
            var points = text.codePoints().mapToObj(Character::toString).toArray(String[]::new);
            var pieces = pieces(points);
            assertThat(String.join("", pieces)).isEqualTo(text.toString());
            var boundaries = Pattern.compile("\\b{g}").matcher(text).results().map(result -> result.start()).toList();
            int at = 0;
            for (var piece : pieces) {
                at += piece.length();
                assertThat(at == 0 || boundaries.contains(at)).as("%s at %d", text, at).isTrue();
            }
        }
    }
}
