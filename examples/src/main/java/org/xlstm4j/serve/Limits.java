package org.xlstm4j.serve;

/**
 * How much a server takes on.
 *
 * @param bodyBytes    of a request
 * @param promptTokens of a prompt
 * @param newTokens    of an answer; chat answers may have so many where the request does not say
 * @param choices      answers to a request: its prompts times its {@code n}
 * @param running      requests worked on at a time
 * @param waiting      requests that wait for their turn; more are refused with status 429
 */
public record Limits(int bodyBytes, int promptTokens, int newTokens, int choices, int running, int waiting) {

    /** 1 MiB, 32,768 and 1,024 tokens, 16 choices, 1 request at a time and 16 that wait. */
    public static final Limits DEFAULTS = new Limits(1 << 20, 32_768, 1024, 16, 1, 16);

    public Limits {
        require("bodyBytes", bodyBytes, 1);
        require("promptTokens", promptTokens, 1);
        require("newTokens", newTokens, 1);
        require("choices", choices, 1);
        require("running", running, 1);
        require("waiting", waiting, 0);
    }

    private static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
        }
    }
}
