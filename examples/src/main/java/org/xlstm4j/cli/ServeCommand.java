package org.xlstm4j.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.xlstm4j.generate.TextGenerator;
import org.xlstm4j.serve.CompletionServer;
import org.xlstm4j.serve.Limits;
import org.xlstm4j.serve.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serve}: a model over HTTP, until it is stopped. */
@Command(name = "serve", description = "Serve a model over HTTP, in OpenAI's format.")
final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--host", paramLabel = "HOST", description = "Name or address to listen on, such as 0.0.0.0 for all"
            + " (default: this machine alone).")
    private String host;

    @Option(names = "--port", defaultValue = "8080", paramLabel = "N",
            description = "Port to listen on, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--api-key", defaultValue = "${env:XLSTM4J_API_KEY}", paramLabel = "KEY",
            description = "Ask clients for this key; better given as XLSTM4J_API_KEY in the environment, where other"
                    + " users do not see it.")
    private String apiKey;

    @Option(names = "--name", paramLabel = "NAME", description = "The model's name (default: the folder's).")
    private String name;

    @Option(names = "--max-body", defaultValue = "1048576", paramLabel = "BYTES",
            description = "Largest request (default: ${DEFAULT-VALUE}).")
    private int maxBody;

    @Option(names = "--max-prompt-tokens", defaultValue = "32768", paramLabel = "N",
            description = "Longest prompt (default: ${DEFAULT-VALUE}).")
    private int maxPromptTokens;

    @Option(names = "--max-new-tokens", defaultValue = "1024", paramLabel = "N",
            description = "Longest answer (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--max-choices", defaultValue = "16", paramLabel = "N",
            description = "Most answers to one request, which are decoded together (default: ${DEFAULT-VALUE}).")
    private int maxChoices;

    @Option(names = "--parallel", defaultValue = "1", paramLabel = "N",
            description = "Requests to work on at a time (default: ${DEFAULT-VALUE}).")
    private int parallel;

    @Option(names = "--queue", defaultValue = "16", paramLabel = "N",
            description = "Requests that may wait; more are refused (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(names = "--grace", defaultValue = "30", paramLabel = "SECONDS",
            description = "When told to stop, finish what was begun for so long (default: ${DEFAULT-VALUE}).")
    private int grace;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var options = options();
        if (grace < 0) {
            throw new ParameterException(spec.commandLine(), "--grace must be at least 0, was " + grace);
        }
        var model = name == null ? OpenModel.nameOf(folder) : name;
        try (var generator = TextGenerator.open(folder, flags.options(), parallel);
             var server = CompletionServer.start(generator, model, options)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "serve-stop"));
            var address = server.address();
            Console.of(spec).line("serving %s at http://%s:%d/v1", model,
                    options.isLoopback() ? "localhost" : options.address().getHostString(), address.getPort());
            server.awaitStop();
        }
        return 0;
    }

    private ServerOptions options() {
        try {
            var options = ServerOptions.loopback(port)
                    .withLimits(new Limits(maxBody, maxPromptTokens, maxNewTokens, maxChoices, parallel, queue));
            if (host != null) {
                options = options.withAddress(new InetSocketAddress(host, port));
            }
            return apiKey == null ? options : options.withApiKey(apiKey);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void stop(CompletionServer server) {
        try {
            Console.of(spec).notice("stopping: what was begun has %d s to finish", grace);
            server.stop(Duration.ofSeconds(grace));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
