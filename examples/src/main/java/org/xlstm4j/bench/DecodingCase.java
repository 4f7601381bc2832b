package org.xlstm4j.bench;

import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.Decoding;
import org.xlstm4j.model.Inference;

/**
 * One token of one sequence, read after a prompt. The type is that of the parameters; work is reading and multiplying
 * each of them once, mixing left out.
 *
 * @param student the model
 * @param prompt  tokens before, enough to fill the window
 */
public record DecodingCase(CausalLm student, int prompt) implements Case {
    /** Its name among the operators. */
    public static final String OPERATOR = "decoding";
    /** Room for the tokens of the longest measurement. */
    private static final int MOST_TOKENS = 10_000;

    @Override
    public String operator() {
        return OPERATOR;
    }

    @Override
    public String shape() {
        return "1 token after " + prompt + ", " + student.parameterCount() + " parameters";
    }

    @Override
    public long tokens() {
        return 1;
    }

    @Override
    public List<Direction> directions() {
        return List.of(Direction.FORWARD);
    }

    @Override
    public Work work(Direction direction) {
        double multiplied = LanguageModelCase.multiplied(student);
        return Work.ofFloats(2 * multiplied, multiplied);
    }

    @Override
    public Prepared prepare(Direction direction, DataType type) {
        var model = type == DataType.FLOAT ? student : student.rounded(type);
        var tokens = new Random(1).ints(prompt, 0, model.config().vocabSize()).toArray();
        var decoding = new Inference(model).begin(List.of(tokens), Math.min(MOST_TOKENS,
                model.config().maxPositions() - prompt));
        return new Prepared(new Reading(decoding, tokens[0]), 0, true);
    }

    /** Reads one token a call. */
    private record Reading(Decoding decoding, int token) implements Callable<Object>, AutoCloseable {

        @Override
        public Object call() {
            decoding.read(new int[] {token});
            return null;
        }

        @Override
        public void close() {
            decoding.close();
        }
    }
}
