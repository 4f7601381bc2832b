package org.xlstm4j.distill.judge;

/** Says why scores cannot be judged against each other, naming every task concerned, and what to do about it. */
public final class JudgeException extends IllegalArgumentException {

    public JudgeException(String message) {
        super(message);
    }
}
