package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.bench.inference.Contender;
import org.xlstm4j.bench.inference.InferenceBench;
import org.xlstm4j.bench.inference.InferenceReport;
import org.xlstm4j.bench.inference.JlamaPeer;
import org.xlstm4j.bench.inference.ModelFolders;
import org.xlstm4j.bench.inference.ModelSize;
import org.xlstm4j.bench.inference.Plan;
import org.xlstm4j.bench.inference.Subject;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.Inference;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench inference}: teacher against student, and a peer, at growing contexts. */
@Command(name = "inference", description = {"Teacher against student: prefill, time to the first token, decoding and peak"
        + " memory at growing contexts.", "Weights are random unless --checkpoint is given. Each model meets each context"
        + " in a process of its own, whose peak memory covers loading, reading the prompt and decoding; times are medians"
        + " of turns."})
final class BenchInferenceCommand implements Callable<Integer> {
    /** Jlama looks beyond the last position. */
    private static final int SPARE_POSITIONS_A_HEAD = 2;

    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "The models:%n")
    private final ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "What is measured:%n")
    private final PlanOptions measured = new PlanOptions();

    @ArgGroup(validate = false, heading = "The peer:%n")
    private final PeerOptions peer = new PeerOptions();

    @Option(names = "--json", paramLabel = "FILE",
            description = "Write the figures there, after every context what there is.")
    private Path json;

    @Option(names = "--chart", paramLabel = "FILE", description = "Draw the figures there, as PNG.")
    private Path chart;

    /** The models. */
    static final class ModelOptions {
        @Option(names = "--checkpoint", paramLabel = "FOLDER",
                description = "A teacher, instead of random weights of the sizes below.")
        private Path checkpoint;

        @Option(names = "--layers", paramLabel = "N", defaultValue = "12",
                description = "Decoder layers (default: ${DEFAULT-VALUE}).")
        private int layers;

        @Option(names = "--hidden", paramLabel = "N", defaultValue = "768",
                description = "Width of the residual stream (default: ${DEFAULT-VALUE}).")
        private int hidden;

        @Option(names = "--heads", paramLabel = "N", defaultValue = "12",
                description = "Query heads (default: ${DEFAULT-VALUE}).")
        private int heads;

        @Option(names = "--kv-heads", paramLabel = "N", description = "Key and value heads (default: as many).")
        private Integer keyValueHeads;

        @Option(names = "--mlp", paramLabel = "N", defaultValue = "2048",
                description = "Width of the MLP (default: ${DEFAULT-VALUE}).")
        private int mlp;

        @Option(names = "--vocabulary", paramLabel = "N", defaultValue = "32000",
                description = "Words (default: ${DEFAULT-VALUE}).")
        private int vocabulary;

        @Option(names = "--window", paramLabel = "W", defaultValue = "512",
                description = "Tokens that the student's window sees back (default: ${DEFAULT-VALUE}).")
        private int window;

        @Option(names = "--sinks", paramLabel = "S", defaultValue = "4",
                description = "First tokens that it always sees (default: ${DEFAULT-VALUE}).")
        private int sinks;

        @Option(names = "--work", paramLabel = "FOLDER", description = "Where the checkpoints of both lie meanwhile, four"
                + " bytes a parameter each (default: a temporary folder).")
        private Path work;

        private HybridConfig hybrid() {
            return HybridConfig.of(window, sinks);
        }

        private ModelSize size() {
            return new ModelSize(layers, hidden, heads, keyValueHeads == null ? heads : keyValueHeads, mlp, vocabulary);
        }

        private ModelFolders write(Plan plan) throws IOException {
            if (checkpoint != null) {
                var teacher = Checkpoint.open(checkpoint);
                if (plan.positions() > teacher.config().maxPositions()) {
                    throw new IllegalArgumentException("the longest context and what follows it are " + plan.positions()
                            + " tokens, of the model's " + teacher.config().maxPositions() + ": give shorter --contexts");
                }
                return ModelFolders.of(folder(), teacher, hybrid());
            }
            var config = size().teacher(plan.positions() + SPARE_POSITIONS_A_HEAD * heads);
            return ModelFolders.random(folder(), config, hybrid(), plan.seed());
        }

        private Path folder() throws IOException {
            var parent = work == null ? null : Files.createDirectories(work);
            return parent == null ? Files.createTempDirectory("xlstm4j-inference")
                    : Files.createTempDirectory(parent, "inference");
        }
    }

    /** What is measured. */
    static final class PlanOptions {
        @Option(names = "--contexts", split = ",", paramLabel = "N,...",
                defaultValue = "128,512,1024,2048,4096,8192,16384,32768",
                description = "Tokens before the first that is decoded (default: ${DEFAULT-VALUE}).")
        private List<Integer> contexts;

        @Option(names = "--prefill-up-to", paramLabel = "N", description = "Longest prompt that is read; beyond, decoding"
                + " goes on from random keys, values and memories (default: all are read).")
        private Integer prefillUpTo;

        @Option(names = "--segment", paramLabel = "N", defaultValue = "" + Inference.DEFAULT_SEGMENT,
                description = "Most tokens of a prompt that teacher and student read at once (default:"
                        + " ${DEFAULT-VALUE}).")
        private int segment;

        @Option(names = "--prefills", paramLabel = "N", defaultValue = "3",
                description = "How often a prompt is read (default: ${DEFAULT-VALUE}) ...")
        private int prefills;

        @Option(names = "--prefill-seconds", paramLabel = "S", defaultValue = "60",
                description = "... unless reading it has taken so long already (default: ${DEFAULT-VALUE}).")
        private double prefillSeconds;

        @Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
                description = "How often decoding is timed (default: ${DEFAULT-VALUE}).")
        private int rounds;

        @Option(names = "--tokens", paramLabel = "N", defaultValue = "32",
                description = "Tokens decoded a round (default: ${DEFAULT-VALUE}).")
        private int tokens;

        @Option(names = "--threads", paramLabel = "N", description = "Threads of each model (default: all cores).")
        private Integer threads;

        @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
                description = "Of weights and prompts (default: ${DEFAULT-VALUE}).")
        private long seed;

        private Plan plan() {
            if (segment < 1) {
                throw new IllegalArgumentException("--segment must be at least 1, was " + segment);
            }
            return new Plan(contexts, prefills, prefillSeconds, rounds, tokens, seed);
        }

        private int readUpTo() {
            return prefillUpTo == null ? Integer.MAX_VALUE : prefillUpTo;
        }

        private int threads() {
            int all = Runtime.getRuntime().availableProcessors();
            if (threads != null && (threads < 1 || threads > all)) {
                throw new IllegalArgumentException("--threads must be from 1 to " + all + ", was " + threads);
            }
            return threads == null ? all : threads;
        }
    }

    /** The peer. */
    static final class PeerOptions {
        @Option(names = "--jlama", description = "Measure com.github.tjake:jlama-core on the teacher's checkpoint, too; it"
                + " is built in examples/peers/jlama.")
        private boolean wanted;

        @Option(names = "--jlama-java", paramLabel = "FOLDER", description = "The JDK that it runs on, of version 21 or"
                + " newer (default: the one that runs this).")
        private Path java;

        @Option(names = "--jlama-operators", paramLabel = "WHICH", defaultValue = "panama",
                description = "Its operators on Java's vectors, panama, or its native ones, of which version 0.8.4 gives"
                        + " other tokens after some prompts (default: ${DEFAULT-VALUE}).")
        private JlamaPeer.Operators operators;

        @Option(names = "--jlama-prefill-up-to", paramLabel = "N", defaultValue = "2048", description = "Longest prompt"
                + " that it reads; beyond, it decodes with random keys and values (default: ${DEFAULT-VALUE}).")
        private int prefillUpTo;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var console = Console.of(spec);
        var jlama = peer.wanted ? jlama() : null;
        try {
            var plan = measured.plan();
            int threads = measured.threads();
            console.notice("writing the checkpoints of teacher and student ...");
            var folders = model.write(plan);
            try {
                var setting = setting(folders, threads);
                return report(console, measure(console, plan, folders, contenders(folders, threads, jlama), setting),
                        setting);
            } finally {
                folders.delete();
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private JlamaPeer jlama() throws IOException, InterruptedException {
        var root = Path.of(System.getProperty("xlstm4j.home", "."));
        var built = new JlamaPeer(root.resolve("examples").resolve("peers").resolve("jlama"),
                peer.java == null ? Path.of(System.getProperty("java.home")) : peer.java);
        built.build(root);
        return built;
    }

    private List<Contender> contenders(ModelFolders folders, int threads, JlamaPeer jlama) {
        var contenders = new ArrayList<>(List.of(
                Contender.of(Subject.TEACHER, folders.teacher(), threads, measured.segment, measured.readUpTo()),
                Contender.of(Subject.STUDENT, folders.student(), threads, measured.segment, measured.readUpTo())));
        if (jlama != null) {
            contenders.add(jlama.contender(folders.teacher(), threads,
                    Math.min(measured.readUpTo(), peer.prefillUpTo), peer.operators));
        }
        return contenders;
    }

    private Map<String, Object> setting(ModelFolders folders, int threads) {
        var config = folders.config();
        var setting = new LinkedHashMap<String, Object>();
        setting.put("java", Runtime.version().toString());
        setting.put("parameters", folders.parameters());
        setting.put("layers", config.layers());
        setting.put("hidden", config.hiddenSize());
        setting.put("heads", config.heads());
        setting.put("keyValueHeads", config.keyValueHeads());
        setting.put("mlp", config.intermediateSize());
        setting.put("vocabulary", config.vocabSize());
        setting.put("window", model.window);
        setting.put("sinks", model.sinks);
        setting.put("type", "float32");
        setting.put("segment", measured.segment);
        setting.put("threads", threads);
        return setting;
    }

    private InferenceReport measure(Console console, Plan plan, ModelFolders folders, List<Contender> contenders,
                                    Map<String, Object> setting) throws IOException {
        try (var progress = console.progress("inference", "steps", InferenceBench.steps(plan, contenders.size()))) {
            return new InferenceBench(plan, folders.config().vocabSize(), contenders,
                    folders.teacher().getParent(), new InferenceBench.Listener() {
                @Override
                public void next(int done, String what) {
                    progress.update(done, what);
                }

                @Override
                public void measured(InferenceReport report) throws IOException {
                    if (json != null) {
                        var figures = new LinkedHashMap<>(report.json());
                        figures.put("setting", setting);
                        Outputs.writeJson(json, figures);
                    }
                }
            }).run();
        }
    }

    private int report(Console console, InferenceReport report, Map<String, Object> setting) throws IOException {
        console.line("%.1fM parameters, window %d, %d sinks, float32, %d threads",
                ((Number) setting.get("parameters")).doubleValue() / 1e6, model.window, model.sinks,
                setting.get("threads"));
        InferenceText.lines(report).forEach(line -> console.line("%s", line));
        if (chart != null) {
            InferenceChart.write(report, chart);
            console.notice("wrote %s", chart);
        }
        return report.points().stream().anyMatch(point -> point.failure().isPresent()) ? 1 : 0;
    }
}
