package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.generate.Generation;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.generate.TextGenerator;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: what a model makes of a prompt. */
@Command(name = "generate", description = "Go on from a text, token by token.")
final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

    @Mixin
    private ImportFlags flags;

    @ArgGroup
    private PromptOptions prompt;

    @Option(names = "--chat",
            description = "Take the text for a user's message and answer it, by the checkpoint's chat template.")
    private boolean chat;

    @Mixin
    private SamplingOptions sampling;

    @Option(names = "--n", paramLabel = "N", defaultValue = "1",
            description = "Answers to draw, by falling log-probability; the prompt is read once (default: "
                    + "${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "--save-state", paramLabel = "FOLDER",
            description = "Read the prompt, save where the model stands there, and generate nothing.")
    private Path saved;

    @Option(names = "--from-state", paramLabel = "FOLDER",
            description = "Go on from what --save-state saved; a prompt comes after it, if there is one.")
    private Path start;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the answers there as well, with their tokens.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        var options = sampling.read(spec);
        requireSense();
        var text = prompt == null ? Optional.<String>empty() : Optional.of(prompt.read());
        if (saved != null) {
            Outputs.requireFree(saved);
        }
        try (var generator = TextGenerator.open(folder, flags.options(), 1)) {
            var read = prompt(generator, text);
            if (saved != null) {
                var state = generator.read(read);
                state.write(saved);
                Console.of(spec).notice("%d tokens read, saved in %s", state.tokens().length, saved);
            } else {
                generate(generator, read, options);
            }
        }
        return 0;
    }

    private void requireSense() {
        if (prompt == null && start == null) {
            throw misuse("give --prompt, --prompt-file or --from-state");
        }
        if (chat && start != null) {
            throw misuse("--chat begins a conversation, and so cannot go on --from-state; the command chat"
                    + " can --load one");
        }
        if (count < 1) {
            throw misuse("--n must be at least 1, was " + count);
        }
        if (count > 1 && sampling.isGreedy()) {
            throw misuse("--n " + count + " answers would all be the same without --temperature");
        }
        if (saved != null && (count > 1 || json != null)) {
            throw misuse("--save-state generates nothing that --n or --json could be for");
        }
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private Prompt prompt(TextGenerator generator, Optional<String> text) throws IOException {
        if (start != null) {
            var state = generator.load(start);
            return text.map(more -> Prompt.after(state, more)).orElseGet(() -> Prompt.after(state));
        }
        return chat ? Prompt.chat(List.of(new Message("user", text.orElseThrow()))) : Prompt.text(text.orElseThrow());
    }

    private void generate(TextGenerator generator, Prompt read, GenerationOptions options) throws IOException {
        var out = Console.of(spec).out();
        List<Generation> answers;
        if (count == 1) {
            answers = List.of(generator.generate(read, options, token -> {
                out.print(token.text());
                out.flush();
                return true;
            }));
            out.println();
        } else {
            answers = generator.samples(read, count, options).stream()
                    .sorted((a, b) -> Double.compare(b.logProbability(), a.logProbability())).toList();
            for (int i = 0; i < count; i++) {
                var answer = answers.get(i);
                Console.of(spec).line("--- %d of %d, log-probability %.3f, %d tokens", i + 1, count,
                        answer.logProbability(), answer.answerTokens());
                out.println(answer.text());
            }
        }
        if (json != null) {
            Outputs.writeJson(json, report(answers, options));
        }
    }

    private Map<String, Object> report(List<Generation> answers, GenerationOptions options) {
        var report = new LinkedHashMap<String, Object>();
        report.put("model", OpenModel.nameOf(folder));
        report.put("options", options);
        report.put("answers", answers);
        return report;
    }
}
