package org.xlstm4j.bench;

/** What of an operator is run. */
public enum Direction {
    /** The outputs. */
    FORWARD("forward"),
    /** The outputs' sum and its gradients by all floating-point inputs, as in training. */
    TRAINING("forward+backward");

    private final String text;

    Direction(String text) {
        this.text = text;
    }

    /** Its name in reports. */
    public String text() {
        return text;
    }
}
