package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** Who is let in: with an API key those who have it, without one, on the loopback, those who call it by its name. */
final class Admission {
    private static final String BEARER = "Bearer ";
    /** Web pages whose own name was made to mean this machine (DNS rebinding) come with that name. */
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?", Pattern.CASE_INSENSITIVE);

    private final byte[] key;
    private final boolean loopbackOnly;

    Admission(ServerOptions options) {
        this.key = options.apiKey().map(Admission::digest).orElse(null);
        this.loopbackOnly = key == null && options.isLoopback();
    }

    /** @throws ApiException if the client is not let in */
    void require(Call call) {
        if (key != null) {
            requireKey(call);
        } else if (loopbackOnly) {
            call.header("Host").filter(host -> !LOOPBACK.matcher(host).matches()).ifPresent(host -> {
                throw ApiException.foreignHost(host);
            });
        }
    }

    private void requireKey(Call call) {
        var given = call.header("Authorization").orElse("");
        if (!given.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw ApiException.unauthorized("You didn't provide an API key: send it as 'Authorization: Bearer KEY'");
        }
        if (!MessageDigest.isEqual(key, digest(given.substring(BEARER.length()).strip()))) {
            throw ApiException.unauthorized("Incorrect API key provided");
        }
    }

    /** Of one length for all keys, so that comparing them takes one time, too. */
    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
