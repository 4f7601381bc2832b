package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a checkpoint's special tokens are spelt: {@code bos_token} and its like. */
final class SpecialTokenTexts {
    static final String CONFIG = "tokenizer_config.json";
    private static final List<String> NAMES = List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
            "cls_token", "mask_token");

    private SpecialTokenTexts() {
    }

    /** By name, from tokenizer_config.json, or special_tokens_map.json where that is silent. */
    static Map<String, Object> read(Path folder) throws IOException {
        var texts = new LinkedHashMap<String, Object>();
        for (var file : List.of(folder.resolve(CONFIG), folder.resolve("special_tokens_map.json"))) {
            if (Files.isRegularFile(file)) {
                var settings = new Settings(Json.readObject(file), file);
                for (var name : NAMES) {
                    if (settings.has(name)) {
                        texts.putIfAbsent(name, text(settings, name));
                    }
                }
            }
        }
        return texts;
    }

    /** How a token is spelt that the settings name; older files have an object around it. */
    static String text(Settings settings, String name) throws CheckpointException {
        return settings.json().get(name).isObject() ? settings.object(name).text("content") : settings.text(name);
    }
}
