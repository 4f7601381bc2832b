package org.xlstm4j.distill.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.PackedBatch;

/** Files of text, and what batches made of them hold. */
final class TextFiles {
    static final int BOS = 1;
    static final int EOS = 2;
    /** A token a character. */
    static final Encoding CHARACTERS =
            new Encoding(text -> text.chars().toArray(), ids -> new String(ids, 0, ids.length), BOS, EOS);

    private TextFiles() {
    }

    /** Texts that begin with {@code kind} and a number, and have up to {@code longest} characters more. */
    static List<String> texts(char kind, int count, int longest) {
        var random = new Random(kind);
        return IntStream.range(0, count)
                .mapToObj(i -> kind + "" + i + ":" + "x".repeat(random.nextInt(longest + 1))).toList();
    }

    static String jsonLines(List<String> texts) {
        return texts.stream().map(text -> {
            try {
                return new ObjectMapper().writeValueAsString(Map.of("text", text)) + "\n";
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }).collect(Collectors.joining());
    }

    static Path write(Path file, String content) throws IOException {
        return write(file, content.getBytes(UTF_8));
    }

    static Path write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    static byte[] gzip(String content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(content.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    static byte[] zstd(String content) {
        return Zstd.compress(content.getBytes(UTF_8));
    }

    /** The segments of a batch in characters, without begin and end tokens. */
    static List<String> texts(PackedBatch batch) {
        var texts = new ArrayList<String>();
        for (var i = 0; i < batch.ids().length; i++) {
            if (batch.segments()[i] > 0 && batch.positions()[i] == 0) {
                var end = i + 1;
                while (end < batch.ids().length && batch.positions()[end] > 0) {
                    end++;
                }
                texts.add(CHARACTERS.decode(
                        Arrays.stream(batch.ids(), i, end).filter(id -> id != BOS && id != EOS).toArray()));
            }
        }
        return texts;
    }

    static void assertSame(PackedBatch batch, PackedBatch expected) {
        assertThat(batch.ids()).isEqualTo(expected.ids());
        assertThat(batch.positions()).isEqualTo(expected.positions());
        assertThat(batch.segments()).isEqualTo(expected.segments());
        assertThat(batch.targets()).isEqualTo(expected.targets());
        assertThat(batch.weights()).isEqualTo(expected.weights());
    }

    static List<PackedBatch> batches(CorpusStream stream, int most) {
        var batches = new ArrayList<PackedBatch>();
        while (batches.size() < most && stream.hasNext()) {
            batches.add(stream.next());
        }
        return batches;
    }

    /** All texts that are left in a stream, which is closed. */
    static List<String> texts(CorpusStream stream) {
        try (stream) {
            return batches(stream, Integer.MAX_VALUE).stream().flatMap(batch -> texts(batch).stream()).toList();
        }
    }
}
