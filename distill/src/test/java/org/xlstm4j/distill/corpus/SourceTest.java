package org.xlstm4j.distill.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.xlstm4j.distill.corpus.TextFiles.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.distill.corpus.CorpusException.Reason;

class SourceTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeFiles() throws IOException {
        for (var name : List.of("b.jsonl", "a.txt.gz", "deep/er/c.ndjson.zst", "deep/d.JSONL", "README", "x.parquet",
                ".cache/hidden.jsonl", "deep/.part.jsonl")) {
            write(folder.resolve(name), "{}");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "                   | a.txt.gz b.jsonl deep/d.JSONL deep/er/c.ndjson.zst",
        "deep               | deep/d.JSONL deep/er/c.ndjson.zst",
        "README             | README",
        "*.jsonl            | b.jsonl",
        "?.*                | a.txt.gz b.jsonl x.parquet",
        "**/*.{jsonl,zst}   | b.jsonl deep/er/c.ndjson.zst",
        "deep/**/[cd].*     | deep/d.JSONL deep/er/c.ndjson.zst",
    })
    void findsFilesFoldersAndGlobsInOrderOfPath(String place, String names) throws IOException {
        var source = Source.of("s", 1, List.of(folder + (place == null ? "" : "/" + place)));

        assertThat(source.files().stream().map(file -> folder.relativize(file).toString().replace('\\', '/')))
                .containsExactly(names.split(" "));
    }

    @Test
    void fileThatIsFoundTwiceIsReadOnce() throws IOException {
        var file = folder.resolve("b.jsonl").toString();

        assertThat(Source.of("s", 1, List.of(file, folder + "/*.jsonl", file)).files()).hasSize(1);
    }

    @Test
    void nameWithSignsOfAGlobIsAFileFirst() throws IOException {
        var file = write(folder.resolve("data[1].jsonl"), "{}");

        assertThat(Source.of("s", 1, List.of(file.toString())).files()).containsExactly(file);
    }

    @ParameterizedTest
    @CsvSource({"none, there is no such file", "none/*.txt, there is no folder", "*.none, no file matches",
        ".cache/none*, no file matches", "void, no file in it is named"})
    void placeWithoutFilesIsNamed(String place, String problem) throws IOException {
        Files.createDirectories(folder.resolve("void"));

        assertThatThrownBy(() -> Source.of("s", 1, List.of(folder + "/" + place)))
                .isInstanceOfSatisfying(CorpusException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_FILES))
                .hasMessageStartingWith(folder + "/" + place + ": ").hasMessageContaining(problem);
    }

    @Test
    void mixtureIsReadFromText() throws IOException {
        var deep = folder.resolve("deep");
        var sources = Corpus.mixture("math:0.35=" + folder.resolve("b.jsonl") + ", code=" + deep + "/{d,e}.*,chat:2="
                + deep).sources();

        assertThat(sources).extracting(Source::name).containsExactly("math", "code", "chat");
        assertThat(sources).extracting(Source::weight).containsExactly(0.35, 1.0, 2.0);
        assertThat(sources).extracting(source -> source.files().size()).containsExactly(1, 1, 2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'math'              | 'math' is not a source",
        "'math:0.5'          | is not a source",
        "'math=b.jsonl,'     | '' is not a source",
        "'math:x=b.jsonl'    | the weight of math is not a number: 'x'",
        "'math:=b.jsonl'     | the weight of math is not a number: ''",
        "'math:0=b.jsonl'    | the weight of math must be above 0",
        "'math:NaN=b.jsonl'  | the weight of math must be above 0",
        "'m=b.jsonl,m=b.jsonl' | two sources named m",
    })
    void textThatIsNoMixtureIsRefused(String text, String problem) {
        var here = text.replace("b.jsonl", folder.resolve("b.jsonl").toString());

        assertThatThrownBy(() -> Corpus.mixture(here)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }
}
