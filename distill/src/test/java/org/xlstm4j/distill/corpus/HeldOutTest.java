package org.xlstm4j.distill.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.xlstm4j.distill.corpus.TextFiles.CHARACTERS;
import static org.xlstm4j.distill.corpus.TextFiles.jsonLines;
import static org.xlstm4j.distill.corpus.TextFiles.texts;
import static org.xlstm4j.distill.corpus.TextFiles.write;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.corpus.HeldOut.Part;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.Document;
import org.xlstm4j.distill.data.PackingOptions;

class HeldOutTest {
    private static final List<String> TEXTS = texts('t', 2000, 20);

    @TempDir
    Path folder;

    @Test
    void partsShareTheDocumentsOut() throws IOException {
        write(folder.resolve("all.jsonl"), jsonLines(TEXTS));
        var training = read(new HeldOut(0.1, Part.TRAINING));
        var heldOut = read(new HeldOut(0.1, Part.HELD_OUT));

        assertThat(heldOut).hasSizeBetween(150, 250).doesNotContainAnyElementsOf(training);
        var both = new ArrayList<>(training);
        both.addAll(heldOut);
        assertThat(both).containsExactlyInAnyOrderElementsOf(TEXTS);
    }

    @Test
    void otherOrderAndMoreFilesChangeNoDocumentsSide() throws IOException {
        write(folder.resolve("all.jsonl"), jsonLines(TEXTS));
        var heldOut = read(new HeldOut(0.1, Part.HELD_OUT));
        var shuffled = new ArrayList<>(TEXTS);
        Collections.shuffle(shuffled, new Random(1));
        write(folder.resolve("all.jsonl"), jsonLines(shuffled.subList(0, 500)));
        write(folder.resolve("more.jsonl"), jsonLines(shuffled.subList(500, 2000)));
        write(folder.resolve("other.jsonl"), jsonLines(texts('u', 100, 20)));

        var ofMore = read(new HeldOut(0.1, Part.HELD_OUT));

        assertThat(ofMore).containsAll(heldOut).filteredOn(text -> text.startsWith("t")).hasSameSizeAs(heldOut);
    }

    @Test
    void largerShareHoldsOutWhatASmallerOneDoes() {
        var small = new HashSet<Document>();
        for (var text : TEXTS) {
            var document = Document.text(text);
            if (new HeldOut(0.01, Part.HELD_OUT).selects(document)) {
                small.add(document);
            }
        }

        assertThat(small).hasSizeBetween(5, 40)
                .allMatch(document -> new HeldOut(0.02, Part.HELD_OUT).selects(document));
    }

    @Test
    void promptAndAnswerAreToldApart() {
        var half = new HeldOut(0.5, Part.HELD_OUT);

        assertThat(TEXTS).filteredOn(text -> half.selects(new Document(text, "x"))
                != half.selects(new Document("", text + "x"))).hasSizeBetween(800, 1200);
    }

    @Test
    void sideOfADocumentIsTheSameForEver() {
        // The numbers were worked out apart from this, from Python's hashlib.
        var sum = new Document("Compute 1 + 1 =", " 2");
        var greeting = Document.text("Grüße ✓");
        assertThat(new HeldOut(0.645, Part.HELD_OUT).selects(sum)).isFalse();
        assertThat(new HeldOut(0.646, Part.HELD_OUT).selects(sum)).isTrue();
        assertThat(new HeldOut(0.769, Part.HELD_OUT).selects(greeting)).isFalse();
        assertThat(new HeldOut(0.770, Part.HELD_OUT).selects(greeting)).isTrue();
        assertThat(HeldOut.NOTHING.selects(Document.text(""))).isTrue();
    }

    @Test
    void sourceWithNothingHeldOutIsLeftOutOfThatPart() throws IOException {
        write(folder.resolve("all.jsonl"), jsonLines(TEXTS));
        var few = write(folder.resolve("few/few.jsonl"), "{\"text\": \"Grüße ✓\"}\n");
        var corpus = Corpus.mixture("few=" + few + ",all=" + folder.resolve("all.jsonl"));
        var packing = new PackingOptions(32, 2, false, 1);
        for (var options : List.of(StreamOptions.onePass(), StreamOptions.passes())) {
            var heldOut = options.withHeldOut(new HeldOut(0.1, Part.HELD_OUT)).withShuffleTokens(500);
            try (var stream = corpus.packed(CHARACTERS, packing, heldOut).stream(DataCursor.START);
                    var whole = Corpus.of(List.of(few.toString())).packed(CHARACTERS, packing, heldOut)
                            .stream(DataCursor.START)) {
                assertThat(TextFiles.batches(stream, 30)).hasSize(30);
                assertThat(stream.report().sources()).extracting("documents").element(0).isEqualTo(0L);
                assertThatThrownBy(whole::next).hasMessageContaining("no document to learn from");
            }
        }
    }

    @Test
    void sharesThatHoldNothingOrEverythingOutAreRefused() {
        assertThatThrownBy(() -> new HeldOut(1, Part.TRAINING)).hasMessageContaining("from 0 to below 1, was 1.0");
        assertThatThrownBy(() -> new HeldOut(-0.1, Part.TRAINING)).hasMessageContaining("was -0.1");
        assertThatThrownBy(() -> new HeldOut(Double.NaN, Part.TRAINING)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new HeldOut(0, Part.HELD_OUT)).hasMessageContaining("holds nothing out");
    }

    private List<String> read(HeldOut heldOut) throws IOException {
        var stream = Corpus.of(List.of(folder.toString())).packed(CHARACTERS, new PackingOptions(32, 2, false, 1),
                StreamOptions.onePass().withHeldOut(heldOut)).stream(DataCursor.START);
        var texts = texts(stream);
        assertThat(stream.report().documents()).isEqualTo(texts.size());
        return texts;
    }
}
