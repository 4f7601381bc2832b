package org.xlstm4j.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.generate.TextGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code chat}: a dialogue with a model. */
@Command(name = "chat", description = "Talk with a model, a line a turn.", footer = {"", "In the dialogue:",
    "  /reset           forget all turns", "  /save FOLDER     save the dialogue, to go on later",
    "  /load FOLDER     go on with a saved one", "  /help            show this",
    "  /quit            leave, as the end of input does", "  //TEXT           say /TEXT", "",
    "Ctrl-C stops an answer; where there is none, it ends the program."})
final class ChatCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder, with a chat template.")
    private Path folder;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told before all turns.")
    private String system;

    @Option(names = "--load", paramLabel = "FOLDER", description = "Go on with the dialogue that was saved there.")
    private Path saved;

    @Mixin
    private SamplingOptions sampling;

    @Override
    public Integer call() throws IOException {
        var options = sampling.read(spec);
        if (saved != null && system != null) {
            throw new ParameterException(spec.commandLine(),
                    "--load brings its own system message; leave --system out");
        }
        // Before the weights are read, which may take long.
        Checkpoint.open(folder).chatTemplate();
        try (var generator = TextGenerator.open(folder, flags.options(), 1); var interrupt = Interrupt.catching()) {
            var start = system == null ? List.<Message>of() : List.of(new Message("system", system));
            var conversation = saved == null ? generator.conversation(start) : generator.conversation(saved);
            var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            new Dialogue(generator, conversation, options, Console.of(spec), interrupt,
                    List.of(spec.usageMessage().footer())).run(lines, System.console() != null);
        }
        return 0;
    }
}
