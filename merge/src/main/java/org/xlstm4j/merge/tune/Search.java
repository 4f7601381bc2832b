package org.xlstm4j.merge.tune;

/** How candidates are chosen once the starting points have been tried. */
public enum Search {
    /** Arbiter's random search: every point of the simplex is as likely. */
    RANDOM,
    /** The finest regular lattice that fits into the evaluations left, corners included. */
    GRID,
    /** CMA-ES: learns from every generation where and in which directions to look on. */
    CMA_ES
}
