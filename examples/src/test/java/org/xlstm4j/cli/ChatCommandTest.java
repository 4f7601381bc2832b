package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.generate.Conversation;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.TextGenerator;

class ChatCommandTest {
    @TempDir
    private Path folder;
    private Path teacher;

    @BeforeEach
    void makeTeacher() {
        teacher = CommandRun.chattingTeacher(folder.resolve("teacher"));
    }

    private CommandRun chat(String lines, Object... more) {
        var arguments = new Object[2 + more.length];
        arguments[0] = "chat";
        arguments[1] = teacher;
        System.arraycopy(more, 0, arguments, 2, more.length);
        return CommandRun.fed(lines, arguments);
    }

    /** What a library's conversation answers to the same. */
    private String expected(String system, String... turns) throws Exception {
        try (var generator = TextGenerator.open(teacher)) {
            Conversation conversation = generator.conversation(system == null ? List.of()
                    : List.of(new Message("system", system)));
            var text = new StringBuilder();
            for (var turn : turns) {
                text.append(conversation.say(turn, GenerationOptions.defaults()).text())
                        .append(System.lineSeparator());
            }
            return text.toString();
        }
    }

    @Test
    void everyLineIsATurnUntilTheEndOfInput() throws Exception {
        var run = chat("68 + 15\n\n1 + 2\n");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(expected(null, "68 + 15", "1 + 2")).startsWith(" 83");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void systemMessageStandsBeforeAllTurns() throws Exception {
        assertThat(chat("68 + 15\n", "--system", "Reverse").out()).isEqualTo(expected("Reverse", "68 + 15"));
    }

    @Test
    void resetForgetsAndQuitLeaves() throws Exception {
        var run = chat("68 + 15\n/reset\n1 + 2\n/quit\n4 + 4\n");
        assertThat(run.out()).isEqualTo(expected(null, "68 + 15") + expected(null, "1 + 2"));
        assertThat(run.err()).isEqualTo("begun anew" + System.lineSeparator());
    }

    @Test
    void dialogueIsSavedAndLoaded() throws Exception {
        var saved = folder.resolve("saved dialogue");
        assertThat(chat("68 + 15\n/save " + saved + "\n").err()).contains("saved in " + saved);
        assertThat(Files.isDirectory(saved)).isTrue();
        var expected = expected(null, "68 + 15", "1 + 2").lines().skip(1).toList();
        assertThat(chat("/load " + saved + "\n1 + 2\n").out().lines()).containsExactlyElementsOf(expected);
        assertThat(chat("1 + 2\n", "--load", saved).out().lines()).containsExactlyElementsOf(expected);
    }

    @Test
    void whatGoesWrongIsToldAndTheDialogueGoesOn() throws Exception {
        var run = chat("/what\n/save\n/save " + folder.resolve("s") + "\n/load " + folder.resolve("nowhere") + "\n"
                + "7 ".repeat(1100) + "\n68 + 15\n");
        assertThat(run.exitCode()).isZero();
        assertThat(run.err().lines()).satisfiesExactly(
                line -> assertThat(line).contains("there is no /what").contains("/help"),
                line -> assertThat(line).contains("/save needs a folder"),
                line -> assertThat(line).contains("nothing was said yet"),
                line -> assertThat(line).contains("nowhere").contains("is not there"),
                line -> assertThat(line).contains("begin a new one"));
        assertThat(run.out()).isEqualTo(expected(null, "68 + 15"));
    }

    @Test
    void secondSlashSaysTheFirst() throws Exception {
        assertThat(chat("//reset\n").out()).isEqualTo(expected(null, "/reset"));
    }

    @Test
    void helpAndCutOffAnswersAreNotices() {
        assertThat(chat("/help\n").err()).contains("/reset", "/save FOLDER", "Ctrl-C");
        assertThat(chat("68 + 15\n", "--max-new-tokens", 1).err()).contains("cut off after 1 tokens");
    }

    @Test
    void templateIsNeededBeforeTheWeightsAreRead() throws Exception {
        Files.delete(teacher.resolve("chat_template.jinja"));
        Files.delete(teacher.resolve("model.safetensors"));
        Files.write(teacher.resolve("model.safetensors"), new byte[9]);
        var run = chat("a\n");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("has no chat template").hasLineCount(1);
    }

    @Test
    void loadBringsItsOwnSystemMessage() {
        assertThat(chat("", "--system", "a", "--load", folder).exitCode()).isEqualTo(2);
    }
}
