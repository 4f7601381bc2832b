package org.xlstm4j.distill.evaluate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.evaluate.Requests.Reach;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.Inference;
import org.xlstm4j.model.ModelConfig;

/**
 * Scores a language model on tasks of every {@link TaskKind}.
 *
 * <p>For greedy answers the model is given {@code <bos>} and the prompt; its answer is the text up to the end token, or
 * of all new tokens if it does not end. The likelihood of an answer or a choice is that of its tokens after the same
 * prompt, with prompt and answer encoded apart; a right answer's includes the end token, a choice's does not. Texts are
 * read in windows after {@code <bos>}, or after the end token where there is no begin token.
 */
public final class Evaluator {
    private final Greedy greedy;
    private final LogProbabilities logProbabilities;
    private final Encoding encoding;
    private final AgainstTeacher teacher;
    private final Reach reach;

    /** Continues prompts greedily. */
    @FunctionalInterface
    public interface Greedy {

        /**
         * The new tokens after each prompt, without the end token.
         *
         * @param prompts      token ids, each of any length but 0
         * @param maxNewTokens where to stop a continuation that does not end
         * @param endToken     the token that ends a continuation
         */
        List<int[]> greedy(List<int[]> prompts, int maxNewTokens, int endToken);
    }

    /** Gives the log-probability of every token after the tokens before it. */
    @FunctionalInterface
    public interface LogProbabilities {

        /** For each sequence log p(token t | tokens before t), in nats, [length]; the entry of token 0 is not used. */
        List<float[]> logProbabilities(List<int[]> sequences);
    }

    /** Compares the model with its teacher, token by token. */
    @FunctionalInterface
    interface AgainstTeacher {

        /** For each sequence how both predict its tokens. */
        List<TeacherComparison.Compared> compare(List<int[]> sequences);
    }

    /** An evaluator of the model with these two functions and this encoding, for prompts of any length. */
    public Evaluator(Greedy greedy, LogProbabilities logProbabilities, Encoding encoding) {
        this(greedy, logProbabilities, encoding, null, Reach.BOUNDLESS);
    }

    private Evaluator(Greedy greedy, LogProbabilities logProbabilities, Encoding encoding, AgainstTeacher teacher,
                      Reach reach) {
        this.greedy = Objects.requireNonNull(greedy, "greedy");
        this.logProbabilities = Objects.requireNonNull(logProbabilities, "logProbabilities");
        this.encoding = Objects.requireNonNull(encoding, "encoding");
        this.teacher = teacher;
        this.reach = reach;
    }

    /** An evaluator of {@code model}, which refuses what is longer than its positions. */
    public static Evaluator of(CausalLm model, Encoding encoding) {
        var inference = new Inference(model);
        return new Evaluator(inference::greedy, inference::logProbabilities, encoding, null,
                Reach.of(model.config()));
    }

    /**
     * An evaluator of {@code student}, which compares it with {@code teacher} wherever it takes the likelihood of a
     * text.
     *
     * @throws IllegalArgumentException if they have different vocabularies
     */
    public static Evaluator of(CausalLm student, CausalLm teacher, Encoding encoding) {
        return of(student, encoding).against(new TeacherComparison(teacher, student)::compare,
                Reach.of(student.config()).beside(Reach.of(teacher.config())));
    }

    /** This evaluator with a teacher to compare with on texts. */
    Evaluator against(AgainstTeacher other, Reach ofBoth) {
        return new Evaluator(greedy, logProbabilities, encoding, other, ofBoth);
    }

    /** As the method below, without progress. */
    public EvaluationReport evaluate(String model, TaskSet tasks, EvaluationOptions options) {
        return evaluate(model, tasks, options, progress -> { });
    }

    /**
     * Evaluates the selected items of all tasks.
     *
     * @param model the name of the model, for the report
     * @throws IllegalArgumentException as {@link #plan}
     */
    public EvaluationReport evaluate(String model, TaskSet tasks, EvaluationOptions options,
                                     Consumer<EvaluationProgress> progress) {
        return evaluate(model, plan(tasks, options), progress);
    }

    /**
     * Evaluates the items of a plan.
     *
     * @param model the name of the model, for the report
     */
    public EvaluationReport evaluate(String model, EvaluationPlan plan, Consumer<EvaluationProgress> progress) {
        var results = new ArrayList<ItemResult>();
        for (int group = 0; group < plan.groups().size(); group++) {
            results.addAll(judge(plan.groups().get(group), plan.options()));
            progress.accept(plan.progress(group + 1));
        }
        return plan.report(model, results);
    }

    /**
     * Evaluates what a journal lacks, noting every group in it, and writes the report.
     *
     * @param model the name of the model, for the report
     * @throws IllegalArgumentException if the journal is of another plan
     */
    public EvaluationReport evaluate(String model, EvaluationPlan plan, EvaluationJournal journal,
                                     Consumer<EvaluationProgress> progress) throws IOException {
        while (journal.groups() < plan.groups().size()) {
            journal.add(judge(plan.groups().get(journal.groups()), plan.options()));
            progress.accept(plan.progress(journal.groups()));
        }
        var report = plan.report(model, journal.results());
        journal.finish(report);
        return report;
    }

    /**
     * The selected items of all tasks, in the groups that are handed to the model at once.
     *
     * @throws IllegalArgumentException if the options select no item, or an item is longer than what the model may
     *                                  read; the first few such items are listed
     */
    public EvaluationPlan plan(TaskSet tasks, EvaluationOptions options) {
        return plan(tasks, options, encoding, reach);
    }

    /** As {@link #plan(TaskSet, EvaluationOptions)}, for a model whose weights are not needed yet. */
    public static EvaluationPlan plan(TaskSet tasks, EvaluationOptions options, Encoding encoding, ModelConfig model) {
        return plan(tasks, options, encoding, Reach.of(model));
    }

    private static EvaluationPlan plan(TaskSet tasks, EvaluationOptions options, Encoding encoding, Reach reach) {
        var requests = new Requests(encoding, options, reach);
        var plan = EvaluationPlan.of(tasks, options, requests::tokens);
        requests.requireNoFaults();
        return plan;
    }

    /** What the model makes of a group of items, in their order. */
    public List<ItemResult> judge(EvaluationPlan.Group group, EvaluationOptions options) {
        var requests = new Requests(encoding, options, reach);
        return switch (group.kind()) {
            case EXACT_MATCH -> exactMatch(cast(group, ExactMatchItem.class), requests, options);
            case MULTIPLE_CHOICE -> choice(cast(group, ChoiceItem.class), requests, options.normalization());
            case PERPLEXITY -> texts(cast(group, TextItem.class), requests);
            case NEEDLE -> needles(cast(group, NeedleItem.class), requests, options.maxNewTokens());
        };
    }

    private static <T extends TaskItem> List<T> cast(EvaluationPlan.Group group, Class<T> type) {
        return group.items().stream().map(type::cast).toList();
    }

    private List<ItemResult> exactMatch(List<ExactMatchItem> items, Requests requests, EvaluationOptions options) {
        var outputs = greedy.greedy(items.stream().map(requests::prompt).toList(), options.maxNewTokens(),
                encoding.eosId());
        var answers = items.stream().map(requests::answer).toList();
        var logs = options.likelihood() ? logProbabilities(answers) : null;
        var results = new ArrayList<ItemResult>();
        for (int i = 0; i < items.size(); i++) {
            var item = items.get(i);
            var output = encoding.decode(outputs.get(i));
            results.add(new ExactMatchResult(item.index(), item.prompt(), item.answer(), output,
                    output.equals(item.answer()), predicted(answers.get(i)),
                    logs == null ? Double.NaN : -logs.get(i)));
        }
        return results;
    }

    private List<ItemResult> choice(List<ChoiceItem> items, Requests requests, Normalization normalization) {
        var perItem = items.stream().map(requests::choices).toList();
        var logs = logProbabilities(perItem.stream().flatMap(List::stream).toList()).iterator();
        var results = new ArrayList<ItemResult>();
        for (int i = 0; i < items.size(); i++) {
            var item = items.get(i);
            var likelihoods = perItem.get(i).stream().map(choice -> logs.next()).toList();
            results.add(new ChoiceResult(item.index(), item.prompt(), item.choices(), item.gold(), likelihoods,
                    perItem.get(i).stream().map(Evaluator::predicted).toList(), normalization));
        }
        return results;
    }

    private List<ItemResult> texts(List<TextItem> items, Requests requests) {
        var perItem = items.stream().map(requests::windows).toList();
        var windows = perItem.stream().flatMap(List::stream).toList();
        var predictions = predictions(windows).iterator();
        var results = new ArrayList<ItemResult>();
        for (int i = 0; i < items.size(); i++) {
            var score = new TextScore(items.get(i));
            perItem.get(i).forEach(window -> score.add(window, predictions.next()));
            results.add(score.result());
        }
        return results;
    }

    /** How texts are predicted, by the model alone or by it and its teacher. */
    private List<TeacherComparison.Compared> predictions(List<Tokens> windows) {
        if (teacher != null) {
            return Batches.run(ids(windows), teacher::compare);
        }
        return Batches.run(ids(windows), logProbabilities::logProbabilities).stream()
                .map(TeacherComparison.Compared::alone).toList();
    }

    private List<ItemResult> needles(List<NeedleItem> items, Requests requests, int maxNewTokens) {
        var outputs = greedy.greedy(items.stream().map(requests::needle).toList(), maxNewTokens, encoding.eosId());
        var results = new ArrayList<ItemResult>();
        for (int i = 0; i < items.size(); i++) {
            var item = items.get(i);
            var output = encoding.decode(outputs.get(i));
            results.add(new NeedleResult(item.index(), item.length(), item.depth(), item.key(), item.answer(),
                    item.haystack().digest(), output, item.isFoundIn(output)));
        }
        return results;
    }

    /** The log-probability of what each sequence predicts, summed over its tokens. */
    private List<Double> logProbabilities(List<Tokens> sequences) {
        var logs = Batches.run(ids(sequences), logProbabilities::logProbabilities);
        var sums = new Double[sequences.size()];
        for (int i = 0; i < sums.length; i++) {
            double sum = 0;
            for (int t = sequences.get(i).answerStart(); t < sequences.get(i).length(); t++) {
                sum += logs.get(i)[t];
            }
            sums[i] = sum;
        }
        return Arrays.asList(sums);
    }

    private static int predicted(Tokens sequence) {
        return sequence.length() - sequence.answerStart();
    }

    private static List<int[]> ids(List<Tokens> sequences) {
        return sequences.stream().map(Tokens::ids).toList();
    }
}
