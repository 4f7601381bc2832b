package org.xlstm4j.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** An answer in the making: token after token until something ends it. */
final class Answer {
    private final int index;
    private final int promptTokens;
    private final GenerationOptions options;
    private final Set<Integer> ends;
    private final Function<int[], String> decoder;
    private final List<Integer> tokens = new ArrayList<>();
    private String text = "";
    private double logProbability;
    private FinishReason finish;

    Answer(int index, int promptTokens, GenerationOptions options, Set<Integer> ends,
           Function<int[], String> decoder) {
        this.index = index;
        this.promptTokens = promptTokens;
        this.options = options;
        this.ends = ends;
        this.decoder = decoder;
    }

    boolean isOpen() {
        return finish == null;
    }

    void cancel() {
        finish = FinishReason.CANCELLED;
    }

    /** Chooses the next token. */
    GeneratedToken next(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - logits[best]);
        }
        logProbability -= Math.log(sum);
        var before = text;
        if (ends.contains(best)) {
            finish = FinishReason.END;
        } else {
            tokens.add(best);
            text = decoder.apply(tokens.stream().mapToInt(Integer::intValue).toArray());
            finish = tokens.size() == options.maxNewTokens() ? FinishReason.LENGTH : null;
        }
        return new GeneratedToken(index, best, -Math.log(sum), text.substring(before.length()));
    }

    Generation result() {
        return new Generation(text, tokens, promptTokens, finish, logProbability);
    }
}
