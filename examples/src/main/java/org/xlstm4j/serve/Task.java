package org.xlstm4j.serve;

import java.util.List;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;

/**
 * What a request asks for.
 *
 * @param format       the words of the response
 * @param choices      what to go on from, a prompt an answer
 * @param promptTokens of the prompts, each counted once however many answers it is to have
 * @param options      of all answers
 * @param stream       whether to send text as it comes
 * @param usage        whether a stream is to end with counts of tokens
 */
record Task(Format format, List<Prompt> choices, int promptTokens, GenerationOptions options, boolean stream,
            boolean usage) {
    Task {
        choices = List.copyOf(choices);
    }
}
