package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A prompt on the command line, in a file or on standard input: one of them. */
final class PromptOptions {
    private static final Path STANDARD_INPUT = Path.of("-");

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to go on from.")
    private String text;

    @Option(names = "--prompt-file", paramLabel = "FILE",
            description = "The file it is in, or - for standard input; a line break at its end is left out.")
    private Path file;

    String read() throws IOException {
        if (text != null) {
            return text;
        }
        var bytes = file.equals(STANDARD_INPUT) ? System.in.readAllBytes() : Files.readAllBytes(file);
        try {
            var content = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return content.replaceFirst("\\R\\z", "");
        } catch (CharacterCodingException e) {
            throw new IOException((file.equals(STANDARD_INPUT) ? "standard input" : file) + " is not UTF-8", e);
        }
    }
}
