package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small tokenizers, made up, of the kinds that there are besides the teacher's. */
public final class TokenizerFiles {
    private static final List<String> WORDS = List.of("▁", "▁▁", "▁▁▁▁", "▁the", "the", "a", "▁a", "b", "é", "e",
            "\u0301", "日", "本", "▁🙂", "👩", "\u200d", "🚀", "\n", ".", "▁.", "<0x4", "<0xZZ>", "x▁y");

    private TokenizerFiles() {
    }

    /** As Llama 2 has it: a mark for each space, tokens for bytes, and a space put before texts. */
    public static Path byteFallback(Path folder) throws IOException {
        return write(folder, "byte-fallback", bpe(), Map.of("type", "Sequence", "decoders", List.of(
                Map.of("type", "Replace", "pattern", Map.of("String", "▁"), "content", " "),
                Map.of("type", "ByteFallback"), Map.of("type", "Fuse"),
                Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0))));
    }

    /** As Gemma has it: the same, but texts begin as they are. */
    public static Path unstripped(Path folder) throws IOException {
        return write(folder, "unstripped", bpe(), Map.of("type", "Sequence", "decoders", List.of(
                Map.of("type", "Replace", "pattern", Map.of("String", "▁"), "content", " "),
                Map.of("type", "ByteFallback"), Map.of("type", "Fuse"))));
    }

    /** As older sentencepiece models are converted. */
    public static Path metaspace(Path folder, String prepend) throws IOException {
        return write(folder, "metaspace-" + prepend, bpe(), Map.of("type", "Metaspace", "replacement", "▁",
                "prepend_scheme", prepend, "split", true));
    }

    /** Words without a decoder. */
    public static Path words(Path folder) throws IOException {
        return write(folder, "words", Map.of("type", "WordLevel", "vocab", vocabulary(), "unk_token", "<unk>"), null);
    }

    /** With a decoder that cannot be done token by token. */
    public static Path ctc(Path folder) throws IOException {
        return write(folder, "ctc", bpe(), Map.of("type", "CTC", "pad_token", "<unk>", "word_delimiter_token", "|",
                "cleanup", true));
    }

    private static Map<String, Object> bpe() {
        return Map.of("type", "BPE", "vocab", vocabulary(), "merges", List.of(), "unk_token", "<unk>",
                "byte_fallback", true, "fuse_unk", true);
    }

    private static Map<String, Integer> vocabulary() {
        var ids = new LinkedHashMap<String, Integer>();
        List.of("<unk>", "<s>", "</s>").forEach(token -> ids.put(token, ids.size()));
        for (int value = 0; value < 256; value++) {
            ids.put(String.format("<0x%02X>", value), ids.size());
        }
        WORDS.forEach(token -> ids.put(token, ids.size()));
        return ids;
    }

    private static Path write(Path folder, String name, Map<String, Object> model, Map<String, Object> decoder)
            throws IOException {
        int size = ((Map<?, ?>) model.get("vocab")).size();
        var json = new LinkedHashMap<String, Object>();
        json.put("version", "1.0");
        json.put("added_tokens", List.of(added(0, "<unk>", true), added(1, "<s>", true), added(2, "</s>", true),
                added(size, "<|note|>", false), added(size + 1, "<|end|>", true)));
        json.put("model", model);
        json.put("decoder", decoder);
        var target = Files.createDirectory(folder.resolve(name));
        new ObjectMapper().writeValue(target.resolve("tokenizer.json").toFile(), json);
        return target;
    }

    private static Map<String, Object> added(int id, String content, boolean special) {
        return Map.of("id", id, "content", content, "single_word", false, "lstrip", false, "rstrip", false,
                "normalized", false, "special", special);
    }
}
