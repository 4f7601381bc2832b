package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.xlstm4j.distill.data.Document;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.Tokens;

/**
 * Scores a language model on tasks by greedy exact match and by the likelihood of the right answers.
 *
 * <p>The model is given {@code <bos>} and the prompt and continues greedily; its answer is the text up to the end
 * token, or of all new tokens if it does not end, and is right if it equals the item's answer character for character.
 * The likelihood is that of the right answer's tokens and the end token after the same prompt, with prompt and answer
 * encoded apart. A model is used as {@code new Evaluator(inference::greedy, inference::logProbabilities, encoding)}.
 */
public final class Evaluator {
    /** Items handed to the model at once: between two calls of the progress. */
    private static final int ITEMS_PER_CALL = 64;

    private final Greedy greedy;
    private final LogProbabilities logProbabilities;
    private final Encoding encoding;

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

    /** Hears how far an evaluation is. */
    @FunctionalInterface
    public interface Progress {

        /** So many items are done of the total. */
        void update(int done, int total);
    }

    /** An evaluator of the model with these two functions and this encoding. */
    public Evaluator(Greedy greedy, LogProbabilities logProbabilities, Encoding encoding) {
        this.greedy = Objects.requireNonNull(greedy, "greedy");
        this.logProbabilities = Objects.requireNonNull(logProbabilities, "logProbabilities");
        this.encoding = Objects.requireNonNull(encoding, "encoding");
    }

    /** As the method below, without progress. */
    public EvaluationReport evaluate(String model, TaskSet tasks, EvaluationOptions options) {
        return evaluate(model, tasks, options, (done, total) -> { });
    }

    /**
     * Evaluates the selected items of all tasks.
     *
     * @param model the name of the model, for the report
     * @throws IllegalArgumentException if the options select no item
     */
    public EvaluationReport evaluate(String model, TaskSet tasks, EvaluationOptions options, Progress progress) {
        var calls = calls(tasks, options);
        int total = calls.stream().mapToInt(List::size).sum();
        var results = new ArrayList<ItemResult>();
        for (var call : calls) {
            results.addAll(judge(call, options));
            progress.update(results.size(), total);
        }
        return report(model, tasks, options, results);
    }

    /**
     * The selected items of all tasks, in the groups that are handed to a model at once. A group's results depend on
     * nothing else, so groups may be judged apart, and anywhere.
     *
     * @throws IllegalArgumentException if the options select no item
     */
    public static List<List<TaskItem>> calls(TaskSet tasks, EvaluationOptions options) {
        var selected = selected(tasks, options);
        var calls = new ArrayList<List<TaskItem>>();
        for (var from = 0; from < selected.size(); from += ITEMS_PER_CALL) {
            calls.add(List.copyOf(selected.subList(from, Math.min(from + ITEMS_PER_CALL, selected.size()))));
        }
        return calls;
    }

    /**
     * The report of what was judged group by group.
     *
     * @param results of every selected item, in the order of {@link #calls}
     */
    public static EvaluationReport report(String model, TaskSet tasks, EvaluationOptions options,
                                          List<ItemResult> results) {
        var selected = selected(tasks, options);
        if (results.size() != selected.size()) {
            throw new IllegalArgumentException(results.size() + " results for " + selected.size() + " items");
        }
        var byTask = new TreeMap<String, List<ItemResult>>();
        for (var i = 0; i < results.size(); i++) {
            byTask.computeIfAbsent(selected.get(i).task(), task -> new ArrayList<>()).add(results.get(i));
        }
        var taskResults = new ArrayList<TaskResult>();
        byTask.forEach((task, items) -> taskResults.add(TaskResult.of(task, items)));
        return new EvaluationReport(model, options, taskResults);
    }

    private static List<TaskItem> selected(TaskSet tasks, EvaluationOptions options) {
        var selected = tasks.select(options.split(), options.maxItemsPerTask()).all();
        if (selected.isEmpty()) {
            throw new IllegalArgumentException("the split " + options.split() + " selects none of "
                    + tasks.size() + " items");
        }
        return selected;
    }

    /** What the model makes of a group of items, see {@link #calls}. */
    public List<ItemResult> judge(List<TaskItem> items, EvaluationOptions options) {
        var prompts = items.stream().map(this::prompt).toList();
        var outputs = greedy.greedy(prompts, options.maxNewTokens(), encoding.eosId());
        var answers = items.stream()
                .map(item -> encoding.document(new Document(item.prompt(), item.answer()))).toList();
        var nll = options.likelihood() ? negativeLogLikelihoods(answers) : null;
        var results = new ArrayList<ItemResult>();
        for (var i = 0; i < items.size(); i++) {
            var item = items.get(i);
            var answer = answers.get(i);
            var output = encoding.decode(outputs.get(i));
            results.add(new ItemResult(item.index(), item.prompt(), item.answer(), output,
                    output.equals(item.answer()), answer.length() - answer.answerStart(),
                    nll == null ? Double.NaN : nll[i]));
        }
        return results;
    }

    private int[] prompt(TaskItem item) {
        var ids = encoding.prompt(item.prompt());
        if (ids.length == 0) {
            throw new IllegalArgumentException("item " + item.index() + " of " + item.task()
                    + " gives the model nothing to continue; give it a prompt, or use a tokenizer with a begin token");
        }
        return ids;
    }

    private double[] negativeLogLikelihoods(List<Tokens> answers) {
        var logs = logProbabilities.logProbabilities(answers.stream().map(Tokens::ids).toList());
        var sums = new double[answers.size()];
        for (var i = 0; i < sums.length; i++) {
            for (var t = answers.get(i).answerStart(); t < answers.get(i).length(); t++) {
                sums[i] -= logs.get(i)[t];
            }
        }
        return sums;
    }
}
