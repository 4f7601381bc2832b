package org.xlstm4j.checkpoint;

/**
 * Tokens to text as they come, each at the cost of its own length: what {@link #add} and at last {@link #end} return,
 * one after the other, is what {@link Tokenizer#decode} makes of all tokens. Never a part of a code point: bytes wait
 * until theirs is whole. For one thread.
 */
public final class TextStream {
    private final Vocabulary vocabulary;
    private final TextStep first;
    private final TextStep.Collect last = new TextStep.Collect();

    TextStream(Vocabulary vocabulary, TextSteps.Plan plan) {
        this.vocabulary = vocabulary;
        this.first = plan.before(last);
    }

    /** Takes tokens whose text is known, so that what is added then is the text that follows theirs. */
    public void follow(int[] ids) {
        for (int id : ids) {
            add(id);
        }
        first.divide();
        last.take();
    }

    /** The text that becomes certain by the next token; none by special tokens, nor by ids that no token has. */
    public String add(int id) {
        var token = id >= 0 && id < vocabulary.size() ? vocabulary.tokens()[id] : null;
        if (token != null && !vocabulary.special().get(id)) {
            first.accept(token);
        }
        return last.take();
    }

    /** The rest: characters that were begun and will not be completed. */
    public String end() {
        first.end();
        return last.take();
    }
}
