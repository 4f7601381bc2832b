package org.xlstm4j.distill.judge;

/** What is known of the chance in a task's two scores. */
public enum Uncertainty {
    /** The results of the same items of teacher and student: items are drawn, for both alike. */
    ITEMS,
    /** Both standard errors: scores are drawn from normal distributions, independent of each other. */
    STANDARD_ERRORS,
    /** Too little: the scores are taken as exact. */
    NONE
}
