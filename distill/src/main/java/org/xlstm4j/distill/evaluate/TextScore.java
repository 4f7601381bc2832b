package org.xlstm4j.distill.evaluate;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.xlstm4j.distill.data.Tokens;

/** Adds up how a text is predicted, window by window. */
final class TextScore {
    /** White space as Python's {@code \s} has it, by which lm-evaluation-harness counts words. */
    private static final Pattern SPACE = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    private final TextItem item;
    private int tokens;
    private double nll;
    private double teacherNll;
    private double agreements;
    private double kl;

    TextScore(TextItem item) {
        this.item = item;
    }

    void add(Tokens window, TeacherComparison.Compared predictions) {
        for (int t = window.answerStart(); t < window.length(); t++) {
            tokens++;
            nll -= predictions.logProbabilities()[t];
            teacherNll -= predictions.teacherLogProbabilities()[t];
            agreements += predictions.agreements()[t];
            kl += predictions.kl()[t];
        }
    }

    TextResult result() {
        return new TextResult(item.index(), Digest.of(item.text()), tokens, SPACE.split(item.text(), -1).length,
                item.text().getBytes(StandardCharsets.UTF_8).length, nll, teacherNll, agreements, kl);
    }
}
