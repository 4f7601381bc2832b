package org.xlstm4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.xlstm4j.bench.DataBench;
import org.xlstm4j.bench.Direction;
import org.xlstm4j.bench.LanguageModelCase;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.corpus.Corpus;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.corpus.StreamOptions;
import org.xlstm4j.distill.data.PackingOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench data}: how fast text becomes batches, beside how fast training consumes them. */
@Command(name = "data", description = {"How fast text becomes batches, beside how fast training consumes them.",
        "The batches are read by themselves; the training step is stage II's of the teacher's student."})
final class BenchDataCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--teacher", paramLabel = "FOLDER",
            description = "The teacher whose tokenizer reads and whose student trains (default: the demo's).")
    private Path teacher;

    @Option(names = "--mix", paramLabel = "NAME:WEIGHT=PLACE,...",
            description = "The text, as align takes it (default: the demo's, in equal parts).")
    private String mixture;

    @Option(names = "--time", paramLabel = "N", description = "Tokens a row (default: the demo's).")
    private Integer time;

    @Option(names = "--batch", paramLabel = "N", description = "Rows a batch (default: the demo's).")
    private Integer batch;

    @Option(names = "--threads", split = ",", paramLabel = "N,...",
            description = "Threads that tokenise (default: one, and as many as there are cores).")
    private List<Integer> threads;

    @Option(names = "--shuffle-tokens", paramLabel = "N",
            description = "Tokens that are shuffled and packed together (default: 1048576, or 256 rows if more).")
    private Long shuffleTokens;

    @Option(names = "--seconds", defaultValue = "10", paramLabel = "S",
            description = "How long each is measured (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        if (!(seconds > 0)) {
            throw new ParameterException(spec.commandLine(), "--seconds must be above 0, was " + seconds);
        }
        var settings = DemoSettings.of(1);
        var packing = packing(settings);
        var streams = streams(packing);
        var home = DemoCommand.home(null);
        try (var model = OpenModel.open(teacher == null ? home.resolve("teacher-llama-1m") : teacher)) {
            var corpus = corpus().packed(model.encoding(), packing, StreamOptions.passes());
            var rates = rates(corpus, streams, seconds);
            var step = new LanguageModelCase(StudentStart.from(model.model(), settings.hybrid()), packing.batch(),
                    packing.time(), settings.topK());
            var training = DataBench.training(step.prepare(Direction.TRAINING).call(), step.tokens(), seconds);
            report(rates, training, step.shape());
        }
        return 0;
    }

    private PackingOptions packing(DemoSettings settings) {
        try {
            return new PackingOptions(time == null ? settings.time() : time, batch == null ? settings.batch() : batch,
                    false, settings.seed());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private List<StreamOptions> streams(PackingOptions packing) {
        try {
            var counts = threads != null ? threads.stream().mapToInt(count -> count)
                    : IntStream.of(1, Runtime.getRuntime().availableProcessors()).distinct();
            var options = StreamOptions.passes().withShuffleTokens(
                    shuffleTokens == null ? StreamOptions.shuffleTokensFor(packing.time()) : shuffleTokens);
            return counts.mapToObj(options::withThreads).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Corpus corpus() throws Exception {
        try {
            var demo = DemoCommand.home(null).resolve("data");
            return Corpus.mixture(mixture != null ? mixture : DemoSettings.DOMAINS.stream()
                    .map(domain -> domain + "=" + demo.resolve(domain + ".train.jsonl.gz"))
                    .collect(Collectors.joining(",")));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private static List<DataBench.Rate> rates(PackedCorpus corpus, List<StreamOptions> streams, double seconds)
            throws Exception {
        // The first run warms up.
        DataBench.stream(corpus.withOptions(streams.get(0)), Math.min(seconds, 2));
        var rates = new ArrayList<DataBench.Rate>();
        for (var options : streams) {
            rates.add(DataBench.stream(corpus.withOptions(options), seconds));
        }
        return rates;
    }

    private void report(List<DataBench.Rate> rates, double training, String shape) throws Exception {
        var console = Console.of(spec);
        var table = Table.of("threads", "tokens/s", "of training", "rows full", "resume s");
        for (var rate : rates) {
            table.row(Integer.toString(rate.threads()), Table.number(rate.tokensPerSecond(), 0),
                    Table.number(rate.tokensPerSecond() / training, 1) + "x",
                    Table.number(100 * rate.density(), 2) + "%", Table.number(rate.resumeSeconds(), 2));
        }
        console.print(table);
        console.line("training: %.0f tokens/s, %s", training, shape);
        if (json != null) {
            var figures = new LinkedHashMap<String, Object>();
            figures.put("streams", rates);
            figures.put("trainingTokensPerSecond", training);
            figures.put("step", shape);
            Outputs.writeJson(json, figures);
        }
    }
}
