package org.xlstm4j.serve;

import java.time.Duration;

/**
 * How long clients are waited for.
 *
 * @param receive   for a request to have come in whole, from its first byte on
 * @param send      for a client to take what is written to it at once
 * @param heartbeat between signs of life to a client that waits, by which one that went away is noticed
 */
public record Timeouts(Duration receive, Duration send, Duration heartbeat) {

    /** 30 s, 30 s and 2 s. */
    public static final Timeouts DEFAULTS =
            new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(2));

    public Timeouts {
        require("receive", receive);
        require("send", send);
        require("heartbeat", heartbeat);
    }

    private static void require(String name, Duration value) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be at least a millisecond, was " + value);
        }
    }
}
