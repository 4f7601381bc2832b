package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.xlstm4j.distill.targets.StoreInspection;
import org.xlstm4j.distill.targets.TargetStoreWriter;

/**
 * What a target store is.
 *
 * @param values   by name, the problems last
 * @param problems what is broken in it
 */
record StoreFacts(Map<String, Object> values, List<String> problems) {
    /** Whether a store may lie there: a file, or what an unfinished capture has left of one. */
    static boolean isStore(Path place) {
        return Files.isRegularFile(place)
                || Files.notExists(place) && Files.isRegularFile(TargetStoreWriter.part(place));
    }

    /** @param verify whether to read all of it, with progress */
    static StoreFacts of(Path place, boolean verify, Console console) throws IOException {
        try (var store = StoreInspection.open(place)) {
            var problems = verify ? verify(store, console) : store.problems();
            var values = new LinkedHashMap<String, Object>();
            values.put("store", store.path().toString());
            values.put("state", store.state().name().toLowerCase(Locale.ROOT));
            var header = store.header();
            values.put("teacher", header.teacher());
            values.put("tokenizer", header.tokenizer());
            values.put("vocabSize", header.vocabSize());
            values.put("topK", header.topK());
            values.put("values", header.values());
            values.put("tail", header.tail());
            values.put("data", header.data());
            values.put("time", header.time());
            values.put("answerOnly", header.answerOnly());
            values.put("seed", header.seed());
            values.put("rows", store.rows());
            values.put("tokens", store.tokens());
            values.put("bytes", store.bytes());
            if (store.tokens() > 0) {
                values.put("bytesAToken", (double) store.bytes() / store.tokens());
            }
            values.put("problems", !problems.isEmpty() ? problems : verify ? "none, all rows checked" : "none");
            return new StoreFacts(values, problems);
        }
    }

    private static List<String> verify(StoreInspection store, Console console) throws IOException {
        try (var progress = console.progress("verify", "rows", store.rows())) {
            return store.verify(progress::update);
        }
    }
}
