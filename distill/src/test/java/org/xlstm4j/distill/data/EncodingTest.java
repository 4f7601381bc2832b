package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodingTest {
    private static final int BOS = 1;
    private static final int EOS = 2;
    private final Encoding encoding = characters(BOS);

    @Test
    void promptAndAnswerAreEncodedApartAndJoined() {
        // One token for "ab" and one for any other letter, so that encoding apart shows.
        var merging = new Encoding(text -> text.replace("ab", "\u0007").chars().toArray(), ids -> "", BOS, EOS);

        var tokens = merging.document(new Document("xa", "bab"));

        assertThat(tokens.ids()).containsExactly(BOS, 'x', 'a', 'b', 7, EOS);
        assertThat(tokens.answerStart()).isEqualTo(3);
    }

    @Test
    void plainTextIsAllAnswer() {
        var tokens = encoding.documents(List.of(Document.text("hi"), Document.text("")));

        assertThat(tokens.get(0).ids()).containsExactly(BOS, 'h', 'i', EOS);
        assertThat(tokens.get(0).answerStart()).isEqualTo(1);
        assertThat(tokens.get(1).ids()).containsExactly(BOS, EOS);
    }

    @Test
    void promptIsTheDocumentUpToItsAnswer() {
        var tokens = encoding.document(new Document("ab", "c"));

        assertThat(encoding.prompt("ab")).isEqualTo(Arrays.copyOf(tokens.ids(), tokens.answerStart()));
    }

    @Test
    void tokenizersMayHaveNoBeginToken() {
        var tokens = characters(Encoding.NO_BOS).document(new Document("a", "b"));

        assertThat(tokens.ids()).containsExactly('a', 'b', EOS);
        assertThat(tokens.answerStart()).isEqualTo(1);
    }

    @Test
    void idsAreChecked() {
        assertThatThrownBy(() -> new Encoding(t -> null, t -> null, -2, 2)).hasMessageContaining("bosId -2");
        assertThatThrownBy(() -> new Encoding(t -> null, t -> null, 1, -1)).hasMessageContaining("eosId -1");
        assertThatThrownBy(() -> new Tokens(new int[2], 3)).hasMessageContaining("answerStart 3");
    }

    static Encoding characters(int bos) {
        return new Encoding(text -> text.chars().toArray(), ids -> new String(ids, 0, ids.length), bos, EOS);
    }
}
