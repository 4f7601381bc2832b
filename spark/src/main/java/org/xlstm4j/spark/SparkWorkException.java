package org.xlstm4j.spark;

import java.io.IOException;

/** A part failed as often as Spark tries one. What other parts, and its own attempts, have done is kept. */
public final class SparkWorkException extends IOException {

    SparkWorkException(String message, Throwable cause) {
        super(message, cause);
    }
}
