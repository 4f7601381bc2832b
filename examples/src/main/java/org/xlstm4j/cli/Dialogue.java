package org.xlstm4j.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.generate.Conversation;
import org.xlstm4j.generate.FinishReason;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.TextGenerator;

/** A conversation line by line: what is typed, answers as they come, and commands that begin with a slash. */
final class Dialogue {
    private static final String PROMPT = "> ";

    private final TextGenerator generator;
    private final GenerationOptions options;
    private final Console console;
    private final Interrupt interrupt;
    private final List<String> help;
    private Conversation conversation;

    Dialogue(TextGenerator generator, Conversation conversation, GenerationOptions options, Console console,
             Interrupt interrupt, List<String> help) {
        this.generator = generator;
        this.conversation = conversation;
        this.options = options;
        this.console = console;
        this.interrupt = interrupt;
        this.help = help;
    }

    /**
     * Goes on until it is left or there are no more lines.
     *
     * @param prompted whether someone types the lines
     */
    void run(BufferedReader lines, boolean prompted) throws IOException {
        boolean goesOn = true;
        while (goesOn) {
            if (prompted) {
                console.err().print(PROMPT);
                console.err().flush();
            }
            var line = lines.readLine();
            goesOn = line != null && take(line);
        }
    }

    /** Takes a line; false if it leaves. What goes wrong with it is told, and the dialogue goes on as it was. */
    private boolean take(String line) {
        try {
            if (line.startsWith("//")) {
                say(line.substring(1));
            } else if (line.startsWith("/")) {
                return command(line.strip());
            } else if (!line.isBlank()) {
                say(line);
            }
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            console.notice("%s", Failures.describe(e));
        }
        return true;
    }

    private void say(String text) {
        try {
            interrupt.clear();
            var answer = conversation.say(text, options, token -> {
                console.out().print(token.text());
                console.out().flush();
                return !interrupt.isSet();
            });
            console.out().println();
            if (answer.finishReason() == FinishReason.LENGTH) {
                console.notice("(cut off after %d tokens)", answer.answerTokens());
            }
        } finally {
            interrupt.release();
        }
    }

    private boolean command(String line) throws IOException {
        var words = line.split("\\s+", 2);
        var argument = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "/quit", "/exit" -> {
                return false;
            }
            case "/reset" -> {
                conversation.reset();
                console.notice("begun anew");
            }
            case "/save" -> {
                conversation.write(folder(words[0], argument));
                console.notice("saved in %s", argument);
            }
            case "/load" -> {
                conversation = generator.conversation(folder(words[0], argument));
                console.notice("%d messages loaded", conversation.messages().size());
            }
            case "/help" -> help.forEach(text -> console.notice("%s", text));
            default -> throw new IllegalArgumentException("there is no " + words[0]
                    + "; /help tells what there is, and a second slash before it makes it something to say");
        }
        return true;
    }

    private static Path folder(String command, String argument) {
        if (argument.isEmpty()) {
            throw new IllegalArgumentException(command + " needs a folder");
        }
        return Path.of(argument);
    }
}
