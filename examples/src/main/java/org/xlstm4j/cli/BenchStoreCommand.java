package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.xlstm4j.bench.StoreBench;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.TrainingProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench store}: how large a target store is and how fast, beside what training takes from it. */
@Command(name = "store", description = {"How large a target store is, what its 16 bits lose, and how fast it is written"
        + " and read, by one thread.", "Made-up logits of real widths first, then the demo's teacher and its student in"
        + " training."})
final class BenchStoreCommand implements Callable<Integer> {
    private static final DemoSettings DEMO = DemoSettings.of(1);
    private static final int DOCUMENTS = 2000;
    /** Steps that are not counted, for the code is still interpreted. */
    private static final int WARM_UP = 10;

    @Spec
    private CommandSpec spec;

    @Option(names = "--vocabulary", arity = "1..*", paramLabel = "N", defaultValue = "128256",
            description = "Words (default: ${DEFAULT-VALUE}).")
    private List<Integer> vocabularies;

    @Option(names = "--top-k", arity = "1..*", paramLabel = "K", split = ",", defaultValue = "256,64",
            description = "Ids a token (default: ${DEFAULT-VALUE}).")
    private List<Integer> topKs;

    @Option(names = "--rows", paramLabel = "N", defaultValue = "16",
            description = "Rows of 64 tokens to store (default: ${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "40",
            description = "Training steps to measure (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--home", paramLabel = "FOLDER", hidden = true,
            description = "The folder of the demo's teacher and data.")
    private Path home;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
    private Path json;

    /**
     * What the demo's student takes from its store.
     *
     * @param bytesPerToken bytes of the whole store a token
     * @param trained       tokens a second in training
     * @param read          tokens a second in reading
     */
    record Use(double bytesPerToken, double trained, double read) {
    }

    @Override
    public Integer call() throws IOException {
        if (rows < 2 || steps < 1) {
            throw new ParameterException(spec.commandLine(), "--rows must be at least 2 and --steps 1, were " + rows
                    + " and " + steps);
        }
        var console = Console.of(spec);
        var folder = Files.createTempDirectory("bench-store");
        try {
            var costs = costs(folder);
            var table = Table.of("vocabulary", "top-k", "bytes a token", "KL lost, nats", "written tokens/s",
                    "read tokens/s");
            costs.forEach(one -> table.row(String.valueOf(one.vocabSize()), String.valueOf(one.topK()),
                    Table.number(one.bytesPerToken(), 1), String.format("%.1e", one.divergence()),
                    Table.number(one.written(), 0), Table.number(one.read(), 0)));
            console.print(table);
            var use = use(folder);
            console.line("the demo's: %.1f bytes a token; trained %.0f tokens/s, read %.0f tokens/s, %.0f times as fast",
                    use.bytesPerToken(), use.trained(), use.read(), use.read() / use.trained());
            if (json != null) {
                Outputs.writeJson(json, new Figures(costs, use));
            }
        } finally {
            Files.delete(folder);
        }
        return 0;
    }

    private record Figures(List<StoreBench.Costs> synthetic, Use demo) {
    }

    private List<StoreBench.Costs> costs(Path folder) throws IOException {
        var bench = new StoreBench(folder, rows);
        var costs = new ArrayList<StoreBench.Costs>();
        for (int vocabulary : vocabularies) {
            for (int topK : topKs) {
                costs.add(bench.measure(vocabulary, topK));
            }
        }
        return costs;
    }

    private Use use(Path folder) throws IOException {
        var file = folder.resolve("demo.targets");
        try (var teacher = OpenModel.open(DemoCommand.home(home).resolve("teacher-llama-1m"))) {
            var texts = JsonLines.documents(List.of(DemoCommand.home(home).resolve("data/math.train.jsonl.gz")));
            var dataset = new PackedDataset(
                    teacher.encoding().documents(texts.subList(0, Math.min(DOCUMENTS, texts.size()))),
                    new PackingOptions(DEMO.time(), DEMO.batch(), false, DEMO.seed()));
            Capture.write(file, teacher.checkpoint(), dataset, DEMO.topK(), row -> { });
            try (var store = TargetStore.open(file)) {
                double trained = trainingRate(teacher, store);
                return new Use((double) store.bytes() / store.tokens(), trained,
                        StoreBench.readingRate(store, DEMO.batch()));
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private double trainingRate(OpenModel teacher, TargetStore store) throws IOException {
        var student = StudentStart.from(teacher.model(), DEMO.hybrid());
        var clock = new Object() {
            private TrainingProgress first;
            private long start;
            private double rate;

            void tick(TrainingProgress step) {
                if (step.step() == WARM_UP) {
                    first = step;
                    start = System.nanoTime();
                } else if (step.step() > WARM_UP) {
                    rate = (step.tokens() - first.tokens()) / ((System.nanoTime() - start) / 1e9);
                }
            }
        };
        new Distillation(student, store, DistillationOptions.of(WARM_UP + steps, DEMO.batch(), DEMO.distillRate(),
                DEMO.seed())).train(clock::tick);
        return clock.rate;
    }
}
