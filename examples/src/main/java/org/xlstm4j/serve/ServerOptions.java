package org.xlstm4j.serve;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * How a model is served.
 *
 * @param address  where to listen; port 0 takes a free one
 * @param apiKey   what clients must send as a bearer token, if anything
 * @param limits   how much is taken on
 * @param timeouts how long clients are waited for
 */
public record ServerOptions(InetSocketAddress address, Optional<String> apiKey, Limits limits, Timeouts timeouts) {
    public ServerOptions {
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(timeouts, "timeouts");
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the host " + address.getHostString() + " is not known");
        }
        if (apiKey.filter(key -> !key.matches("[!-~]+")).isPresent()) {
            throw new IllegalArgumentException("an API key must be of visible ASCII characters, at least one");
        }
    }

    /** On the loopback interface, for this machine alone, without a key and with the usual limits. */
    public static ServerOptions loopback(int port) {
        return new ServerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Optional.empty(),
                Limits.DEFAULTS, Timeouts.DEFAULTS);
    }

    /** These with another {@link #address}. */
    public ServerOptions withAddress(InetSocketAddress other) {
        return new ServerOptions(other, apiKey, limits, timeouts);
    }

    /** These with an {@link #apiKey}. */
    public ServerOptions withApiKey(String key) {
        return new ServerOptions(address, Optional.of(key), limits, timeouts);
    }

    /** These with other {@link #limits}. */
    public ServerOptions withLimits(Limits other) {
        return new ServerOptions(address, apiKey, other, timeouts);
    }

    /** These with other {@link #timeouts}. */
    public ServerOptions withTimeouts(Timeouts other) {
        return new ServerOptions(address, apiKey, limits, other);
    }

    /** Whether only this machine can come in. */
    public boolean isLoopback() {
        return address.getAddress().isLoopbackAddress();
    }
}
