package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.model.Inference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: a greedy continuation. */
@Command(name = "generate", description = "Continue a text greedily.")
final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "The text to continue.")
    private String prompt;

    @Option(names = "--chat", description = "Take the text for a user's message and answer it, by the checkpoint's chat "
            + "template.")
    private boolean chat;

    @Option(names = "--max-new-tokens", defaultValue = "128", paramLabel = "N",
            description = "Tokens to add at most (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Override
    public Integer call() throws IOException {
        if (maxNewTokens < 1) {
            throw new ParameterException(spec.commandLine(),
                    "--max-new-tokens must be at least 1, was " + maxNewTokens);
        }
        try (var model = OpenModel.open(folder, flags.options())) {
            var ends = new HashSet<>(model.checkpoint().endTokens());
            var tokens = new Inference(model.model()).greedy(List.of(promptTokens(model)), maxNewTokens,
                    model.encoding().eosId()).get(0);
            Console.of(spec).out().println(model.encoding().decode(upToEnd(tokens, ends)));
        }
        return 0;
    }

    /** A chat template spells its begin token out, where it wants one. */
    private int[] promptTokens(OpenModel model) throws IOException {
        if (!chat) {
            return model.encoding().prompt(prompt);
        }
        var text = model.checkpoint().chatTemplate().render(List.of(new Message("user", prompt)), true);
        return model.tokenizer().encode(text);
    }

    /** The tokens before the first that ends a text: decoding heeds one end token, a model may have several. */
    private static int[] upToEnd(int[] tokens, Set<Integer> ends) {
        return Arrays.stream(tokens).takeWhile(token -> !ends.contains(token)).toArray();
    }
}
