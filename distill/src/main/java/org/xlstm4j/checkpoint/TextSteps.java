package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads tokenizer.json's {@code decoder}. */
final class TextSteps {
    private final Path file;
    /** In the order of the file: each makes a step from the one after it. */
    private final List<UnaryOperator<TextStep>> makers = new ArrayList<>();
    /** Whether what the next step is given are parts of one text. */
    private boolean fused;
    private boolean bytes;
    private boolean fallback;

    private TextSteps(Path file) {
        this.file = file;
    }

    /**
     * How texts are made.
     *
     * @param makers   from each step's successor the step, from the last on
     * @param bytes    whether tokens' letters stand for bytes
     * @param fallback whether there are tokens for bytes
     */
    record Plan(List<UnaryOperator<TextStep>> makers, boolean bytes, boolean fallback) {

        /** The first step of all, before {@code last}. */
        TextStep before(TextStep last) {
            var step = last;
            for (var maker : makers) {
                step = maker.apply(step);
            }
            return step;
        }
    }

    static Plan read(JsonNode decoder, Path file) throws CheckpointException {
        var steps = new TextSteps(file);
        if (decoder.isMissingNode() || decoder.isNull()) {
            steps.makers.add(TextStep.Spaced::new);
        } else {
            steps.add(new Settings(decoder, file));
        }
        Collections.reverse(steps.makers);
        return new Plan(List.copyOf(steps.makers), steps.bytes, steps.fallback);
    }

    private void add(Settings decoder) throws CheckpointException {
        var type = decoder.text("type");
        if (fused && !type.equals("Strip") && !type.equals("Fuse")) {
            throw unsupported(type + "' after the texts are fused");
        }
        switch (type) {
            case "Sequence" -> addAll(decoder);
            case "ByteLevel" -> {
                makers.add(TextStep.Bytes::new);
                bytes = true;
                fused = true;
            }
            case "ByteFallback" -> {
                makers.add(TextStep.ByteFallback::new);
                fallback = true;
            }
            case "Fuse" -> fused = true;
            case "Replace" -> addReplace(decoder);
            case "Strip" -> addStrip(decoder);
            case "Metaspace" -> addMetaspace(decoder);
            default -> throw unsupported(type + "'");
        }
    }

    private void addAll(Settings sequence) throws CheckpointException {
        for (var decoder : sequence.json().path("decoders")) {
            add(new Settings(decoder, file));
        }
    }

    private void addReplace(Settings decoder) throws CheckpointException {
        var pattern = decoder.object("pattern");
        if (!pattern.has("String")) {
            throw unsupported("Replace' of a regular expression");
        }
        var old = pattern.text("String");
        var replacement = decoder.text("content");
        makers.add(next -> new TextStep.Replace(old, replacement, next));
    }

    private void addStrip(Settings decoder) throws CheckpointException {
        if (decoder.integer("stop") != 0) {
            throw unsupported("Strip' at the end");
        }
        int character = decoder.text("content").codePointAt(0);
        int most = decoder.integer("start");
        boolean whole = fused;
        makers.add(next -> new TextStep.StripStart(character, most, whole, next));
    }

    private void addMetaspace(Settings decoder) throws CheckpointException {
        var mark = decoder.text("replacement");
        boolean prepended = !decoder.text("prepend_scheme",
                decoder.flag("add_prefix_space", true) ? "always" : "never").equals("never");
        makers.add(next -> new TextStep.Metaspace(mark, prepended, next));
    }

    private CheckpointException unsupported(String what) {
        return new UnsupportedModelException(file + ": the decoder '" + what + " cannot be done token by token here");
    }
}
