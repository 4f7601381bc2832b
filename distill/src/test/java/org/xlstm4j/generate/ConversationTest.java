package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.model.CausalLm;

class ConversationTest {
    private static final List<CausalLm> MODELS = List.of(TinyGenerators.TEACHER, TinyGenerators.STUDENT);
    private static final GenerationOptions GREEDY = GenerationOptions.defaults().withMaxNewTokens(12);
    /** Earlier turns stand as they stood. */
    private static final String APPENDING = "{{ bos_token }}{% for m in messages %}{{ m.content if m.role != 'user' "
            + "else 'Compute ' ~ m.content ~ ' =' }}{{ '\\n' if m.role != 'user' }}{% endfor %}";
    /** As with models that think: what came before the last turn is told in other words. */
    private static final String REWRITING = "{{ bos_token }}{% for m in messages %}{{ '#' if not loop.last }}"
            + "{{ m.content if m.role != 'user' else 'Compute ' ~ m.content ~ ' =' }}{% endfor %}";

    @TempDir
    private Path folder;
    private List<Message> system;

    @BeforeEach
    void makeSystemMessage() {
        system = List.of(new Message("system", "Answer."));
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void turnsAreAnsweredAsWholeConversationsAre(CausalLm model) {
        for (var template : List.of(APPENDING, REWRITING)) {
            try (var generator = TinyGenerators.chatting(model, folder, template)) {
                var conversation = generator.conversation(system);
                for (var text : List.of("68 + 15", "1 + 2", "30 + 41")) {
                    var before = new ArrayList<>(conversation.messages());
                    before.add(new Message("user", text));
                    var whole = generator.chat(before, GREEDY);
                    var answer = conversation.say(text, GREEDY);
                    assertThat(answer.tokens()).isEqualTo(whole.tokens());
                    assertThat(answer.promptTokens()).isEqualTo(whole.promptTokens());
                    assertThat(conversation.messages()).startsWith(before.toArray(Message[]::new))
                            .endsWith(new Message("assistant", answer.text()));
                }
            }
        }
    }

    @Test
    void turnGoesOnFromWhatWasRead() {
        try (var generator = TinyGenerators.chatting(TinyGenerators.TEACHER, folder, APPENDING)) {
            var conversation = generator.conversation(system);
            assertThat(conversation.say("68 + 15", GREEDY).text()).isEqualTo(" 83");
            var next = List.of(system.get(0), new Message("user", "68 + 15"), new Message("assistant", " 83"),
                    new Message("user", "1 + 2"));
            assertThat(conversation.tokensRead(generator.tokens(Prompt.chat(next))))
                    .isEqualTo(generator.tokens(Prompt.chat(next.subList(0, 2))).length + 2 + 1);
            // Another answer than that which came: what stood before it is still read.
            var changed = List.of(next.get(0), next.get(1), new Message("assistant", " 84"), next.get(3));
            assertThat(conversation.tokensRead(generator.tokens(Prompt.chat(changed))))
                    .isEqualTo(generator.tokens(Prompt.chat(next.subList(0, 2))).length);
            assertThat(conversation.tokensRead(new int[] {1, 5})).isZero();
        }
    }

    @Test
    void resetForgetsTheTurnsAlone() {
        try (var generator = TinyGenerators.chatting(TinyGenerators.TEACHER, folder, APPENDING)) {
            var conversation = generator.conversation(system);
            var first = conversation.say("68 + 15", GREEDY);
            conversation.reset();
            assertThat(conversation.messages()).isEqualTo(system);
            assertThat(conversation.say("68 + 15", GREEDY)).isEqualTo(first);
        }
    }

    @Test
    void refusedTurnLeavesTheConversationAsItWas() {
        try (var generator = TinyGenerators.chatting(TinyGenerators.TEACHER, folder,
                "{{ raise_exception('no') if messages[-1].content == 'bad' }}" + APPENDING)) {
            var conversation = generator.conversation(system);
            conversation.say("68 + 15", GREEDY);
            var before = conversation.messages();
            assertThatThrownBy(() -> conversation.say("bad", GREEDY)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no");
            assertThatThrownBy(() -> conversation.say("7 ".repeat(1100), GREEDY))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("begin a new one");
            assertThat(conversation.messages()).isEqualTo(before);
            assertThat(conversation.say("1 + 2", GREEDY).text()).isNotNull();
        }
    }

    @Test
    void answerEndsWhereTheModelsPositionsDo() {
        try (var generator = TinyGenerators.chatting(TinyGenerators.TEACHER, folder,
                "{% for m in messages %}{{ m.content }}{% endfor %}")) {
            var text = "7".repeat(1020);
            assertThat(generator.tokens(Prompt.chat(List.of(new Message("user", text))))).hasSize(1020);
            var answer = generator.conversation(List.of()).say(text, GREEDY.withTemperature(9).withMinP(0));
            assertThat(answer.answerTokens()).isLessThanOrEqualTo(4);
        }
    }

    @Test
    void cancelledAnswerIsKeptAsFarAsItCame() {
        try (var generator = TinyGenerators.chatting(TinyGenerators.TEACHER, folder, APPENDING)) {
            var conversation = generator.conversation(system);
            var answer = conversation.say("68 + 15", GREEDY, token -> false);
            assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(conversation.messages()).hasSize(3);
            assertThat(conversation.say("1 + 2", GREEDY).finishReason()).isNotEqualTo(FinishReason.CANCELLED);
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void savedConversationGoesOn(CausalLm model) throws IOException {
        var saved = folder.resolve("saved");
        try (var generator = TinyGenerators.chatting(model, folder, APPENDING)) {
            var conversation = generator.conversation(system);
            assertThatThrownBy(() -> conversation.write(saved)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("nothing was said");
            conversation.say("68 + 15", GREEDY);
            conversation.write(saved);
            var again = generator.conversation(saved);
            assertThat(again.messages()).isEqualTo(conversation.messages());
            assertThat(again.say("1 + 2", GREEDY)).isEqualTo(conversation.say("1 + 2", GREEDY));
            again.reset();
            assertThat(again.messages()).isEqualTo(system);

            var prompt = folder.resolve("prompt");
            generator.read(Prompt.text("a")).write(prompt);
            assertThatThrownBy(() -> generator.conversation(prompt)).isInstanceOf(PromptStateException.class)
                    .hasMessageContaining("no messages");
        }
    }
}
