package org.xlstm4j.distill.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.xlstm4j.distill.targets.HeadLogits;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.TokenBatch;

/**
 * A student beside its teacher: how both predict the tokens of given sequences, over the whole vocabulary. The logits
 * of some rows at a time are held, never those of a batch. For one thread.
 */
final class TeacherComparison {
    private static final int LENGTH_STEP = 16;
    private static final int BATCHES_BETWEEN_COLLECTIONS = 16;

    private final CausalLm teacher;
    private final CausalLm student;
    /** Those of the latest length alone, for sequences come by length. */
    private Models models;
    private int batches;

    private record Models(int time, HeadLogits teacher, HeadLogits student) {
    }

    /**
     * How the tokens of a sequence are predicted, each after those before it; entries of token 0 are not used.
     *
     * @param logProbabilities        the model's log-probability of each token, in nats
     * @param teacherLogProbabilities the teacher's; NaN without a teacher
     * @param agreements              1 where both find the same token likeliest, otherwise 0; NaN without a teacher
     * @param kl                      KL(teacher ‖ model) in nats; NaN without a teacher
     */
    record Compared(float[] logProbabilities, float[] teacherLogProbabilities, float[] agreements, double[] kl) {

        static Compared alone(float[] logProbabilities) {
            var nothing = new float[logProbabilities.length];
            Arrays.fill(nothing, Float.NaN);
            var noKl = new double[logProbabilities.length];
            Arrays.fill(noKl, Double.NaN);
            return new Compared(logProbabilities, nothing, nothing, noKl);
        }

        private static Compared ofLength(int length) {
            return new Compared(new float[length], new float[length], new float[length], new double[length]);
        }
    }

    /**
     * A comparison of these two.
     *
     * @throws IllegalArgumentException if they have different vocabularies
     */
    TeacherComparison(CausalLm teacher, CausalLm student) {
        if (teacher.config().vocabSize() != student.config().vocabSize()) {
            throw new IllegalArgumentException("the teacher's vocabulary has " + teacher.config().vocabSize()
                    + " tokens, the student's " + student.config().vocabSize()
                    + "; compare a student with the teacher that it was made from");
        }
        this.teacher = teacher;
        this.student = student;
    }

    /** How both predict each sequence of one token or more, in one batch. */
    List<Compared> compare(List<int[]> sequences) {
        int longest = sequences.stream().mapToInt(sequence -> sequence.length).max().orElseThrow();
        int time = (longest + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
        if (models == null || models.time() != time) {
            models = new Models(time, new HeadLogits(teacher, time), new HeadLogits(student, time));
        }
        var batch = TokenBatch.leftPadded(sequences, time);
        var compared = sequences.stream().map(sequence -> Compared.ofLength(sequence.length)).toList();
        var teacherParts = models.teacher().of(batch);
        var studentParts = models.student().of(batch);
        int rows = batch.batch() * time;
        int step = models.teacher().partTokens(rows);
        var teacherLogits = new float[models.teacher().partElements(rows)];
        var studentLogits = new float[models.student().partElements(rows)];
        for (int from = 0; from < rows; from += step) {
            int first = from;
            int count = Math.min(step, rows - from);
            teacherParts.read(first, count, teacherLogits);
            studentParts.read(first, count, studentLogits);
            IntStream.range(0, count).parallel().forEach(row ->
                    compareRow(sequences, time, compared, first + row, row, teacherLogits, studentLogits));
        }
        if (++batches % BATCHES_BETWEEN_COLLECTIONS == 0) {
            // A batch leaves memory outside the heap, where nothing else asks for a collection.
            System.gc();
        }
        return compared;
    }

    /** @param place the row's place in the batch, at which the token after it is predicted */
    private void compareRow(List<int[]> sequences, int time, List<Compared> all, int place, int row,
                            float[] teacherLogits, float[] studentLogits) {
        var sequence = sequences.get(place / time);
        int next = place % time - (time - sequence.length) + 1;
        if (next < 1 || next >= sequence.length) {
            return;
        }
        int vocabSize = teacher.config().vocabSize();
        int start = row * vocabSize;
        var compared = all.get(place / time);
        var taught = LogitRow.of(teacherLogits, start, vocabSize);
        var own = LogitRow.of(studentLogits, start, vocabSize);
        compared.logProbabilities()[next] = (float) own.logProbability(sequence[next]);
        compared.teacherLogProbabilities()[next] = (float) taught.logProbability(sequence[next]);
        compared.agreements()[next] = taught.likeliest() == own.likeliest() ? 1 : 0;
        compared.kl()[next] = taught.kl(own);
    }
}
