package org.xlstm4j.distill.evaluate;

import java.util.List;

/** A report as earlier versions wrote it, with exact match alone. */
record ReportFormat1(String format, String model, Options options, List<Task> tasks) {

    record Options(Split split, int maxItemsPerTask, int maxNewTokens, boolean likelihood) {
    }

    record Task(Score score, List<Item> items) {
    }

    record Score(String task, int items, int correct, double exactMatch, double standardError, double nll,
                 double nllPerItem) {
    }

    record Item(int index, String prompt, String expected, String output, boolean correct, int answerTokens,
                double nll) {
    }

    /** @throws IllegalArgumentException if a score contradicts its items */
    EvaluationReport report() {
        var evaluated = EvaluationOptions.defaults().withSplit(options.split())
                .withMaxItemsPerTask(options.maxItemsPerTask()).withMaxNewTokens(options.maxNewTokens())
                .withLikelihood(options.likelihood());
        return new EvaluationReport(model, evaluated, tasks.stream().map(ReportFormat1::result).toList());
    }

    private static TaskResult result(Task task) {
        var score = task.score();
        long correct = task.items().stream().filter(Item::correct).count();
        if (score.items() != task.items().size() || score.correct() != correct) {
            throw new IllegalArgumentException("task " + score.task() + " is scored as " + score.correct() + " of "
                    + score.items() + " items right, but " + correct + " of " + task.items().size()
                    + " are listed so");
        }
        return TaskResult.of(score.task(), task.items().stream().<ItemResult>map(item -> new ExactMatchResult(
                item.index(), item.prompt(), item.expected(), item.output(), item.correct(), item.answerTokens(),
                item.nll())).toList());
    }
}
