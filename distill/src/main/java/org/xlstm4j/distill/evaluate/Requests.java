package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xlstm4j.distill.data.Document;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.model.ModelConfig;

/** Items as what a model is given for them; of likelihoods, the tokens from {@link Tokens#answerStart} on count. */
final class Requests {
    private static final int LISTED = 3;
    private static final int WINDOW = 2048;

    private final Encoding encoding;
    private final EvaluationOptions options;
    private final Reach reach;
    private final List<String> faults = new ArrayList<>();

    Requests(Encoding encoding, EvaluationOptions options, Reach reach) {
        this.encoding = encoding;
        this.options = options;
        this.reach = reach;
    }

    /**
     * How far a model reaches.
     *
     * @param positions the tokens of a text that it was made for
     * @param texts     the most tokens of a text that it may read
     * @param prompts   the most tokens that it may read and write otherwise
     */
    record Reach(int positions, int texts, int prompts) {
        static final Reach BOUNDLESS = new Reach(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

        static Reach of(ModelConfig model) {
            int limit = model.isStudent() ? Integer.MAX_VALUE : model.maxPositions();
            return new Reach(model.maxPositions(), limit, limit);
        }

        /** That of this model where a teacher reads texts beside it. */
        Reach beside(Reach teacher) {
            return new Reach(Math.min(positions, teacher.positions), Math.min(texts, teacher.texts), prompts);
        }
    }

    int[] prompt(ExactMatchItem item) {
        return encoding.prompt(item.prompt());
    }

    Tokens answer(ExactMatchItem item) {
        return encoding.document(new Document(item.prompt(), item.answer()));
    }

    List<Tokens> choices(ChoiceItem item) {
        return item.choices().stream()
                .map(choice -> withoutEnd(encoding.document(new Document(item.prompt(), choice)))).toList();
    }

    private static Tokens withoutEnd(Tokens document) {
        return new Tokens(Arrays.copyOf(document.ids(), document.length() - 1), document.answerStart());
    }

    List<Tokens> windows(TextItem item) {
        int begin = encoding.bosId() == Encoding.NO_BOS ? encoding.eosId() : encoding.bosId();
        return Windows.of(begin, encoding.encoder().apply(item.text()), window());
    }

    /** A window's last token is predicted, not read, but stands in the sequence. */
    private int window() {
        return options.window() == EvaluationOptions.DEFAULT_WINDOW
                ? Math.max(1, Math.min(WINDOW, reach.positions() - 1)) : options.window();
    }

    int[] needle(NeedleItem item) {
        return NeedlePrompt.of(item, encoding);
    }

    /** How many tokens a model is given for an item. What it cannot be given is noted as a fault. */
    long tokens(TaskItem item) {
        return switch (item.kind()) {
            case EXACT_MATCH -> tokens((ExactMatchItem) item);
            case MULTIPLE_CHOICE -> tokens((ChoiceItem) item);
            case PERPLEXITY -> tokens((TextItem) item);
            case NEEDLE -> tokens((NeedleItem) item);
        };
    }

    private long tokens(ExactMatchItem item) {
        int prompt = prompt(item).length;
        int answer = options.likelihood() ? answer(item).length() : 0;
        requirePrompt(item, prompt);
        requireFits(item, "a prompt of " + prompt + " tokens and " + options.maxNewTokens() + " new ones",
                (long) prompt + options.maxNewTokens());
        requireFits(item, "prompt and answer of " + answer + " tokens", answer);
        return prompt + answer;
    }

    private long tokens(ChoiceItem item) {
        var choices = choices(item);
        requirePrompt(item, choices.get(0).answerStart());
        for (var choice : choices) {
            if (choice.answerStart() == choice.length()) {
                fault(item, "has a choice without tokens");
            }
            requireFits(item, "prompt and choice of " + choice.length() + " tokens", choice.length());
        }
        return choices.stream().mapToLong(Tokens::length).sum();
    }

    private long tokens(TextItem item) {
        var windows = windows(item);
        if (windows.isEmpty()) {
            fault(item, "is a text without tokens");
        }
        windows.stream().mapToInt(Tokens::length).max().ifPresent(
                longest -> requireFits(item, "a window of " + longest + " tokens", longest, reach.texts()));
        return windows.stream().mapToLong(Tokens::length).sum();
    }

    private long tokens(NeedleItem item) {
        requireFits(item, "a prompt of " + item.length() + " tokens and " + options.maxNewTokens() + " new ones",
                (long) item.length() + options.maxNewTokens());
        if (faults.isEmpty()) {
            needle(item);
        }
        return item.length();
    }

    private void requirePrompt(TaskItem item, int tokens) {
        if (tokens == 0) {
            fault(item, "gives the model nothing to continue; give it a prompt, or use a tokenizer with a begin token");
        }
    }

    private void requireFits(TaskItem item, String what, long tokens) {
        requireFits(item, what, tokens, reach.prompts());
    }

    private void requireFits(TaskItem item, String what, long tokens, int limit) {
        if (tokens > limit) {
            fault(item, "has " + what + ", more than the model's " + limit + " positions");
        }
    }

    private void fault(TaskItem item, String problem) {
        faults.add("item " + item.index() + " of " + item.task() + " " + problem);
    }

    /** @throws IllegalArgumentException listing the first items that the model cannot be given */
    void requireNoFaults() {
        if (!faults.isEmpty()) {
            var more = faults.size() > LISTED ? "; and " + (faults.size() - LISTED) + " more" : "";
            throw new IllegalArgumentException(
                    String.join("; ", faults.subList(0, Math.min(LISTED, faults.size()))) + more);
        }
    }
}
