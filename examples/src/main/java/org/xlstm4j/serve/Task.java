package org.xlstm4j.serve;

import java.util.List;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;

/**
 * What a request asks for: answers numbered by prompt and, within a prompt, by sample.
 *
 * @param format  the words of the response
 * @param prompts what to go on from
 * @param samples answers to each prompt
 * @param options of all answers
 * @param stream  whether to send text as it comes
 * @param usage   whether a stream is to end with counts of tokens
 */
record Task(Format format, List<Prompt.Tokens> prompts, int samples, GenerationOptions options, boolean stream,
            boolean usage) {
    Task {
        prompts = List.copyOf(prompts);
    }

    int choices() {
        return prompts.size() * samples;
    }

    /** Tokens of the prompts, each counted once however many answers it is to have. */
    int promptTokens() {
        return prompts.stream().mapToInt(prompt -> prompt.ids().length).sum();
    }
}
