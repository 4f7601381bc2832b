package org.xlstm4j.distill.train;

import java.util.List;

/**
 * Low-rank adaptation (LoRA, arXiv 2106.09685): in place of a projection W, [out, in], trains B, [out, rank], and A,
 * [rank, in], where the model computes with W + alpha / rank · B A.
 *
 * @param rank        rank of what is added
 * @param alpha       its scale, times the rank
 * @param projections patterns of the adapted projections, see {@link ParameterSelection}
 */
public record LoraOptions(int rank, double alpha, List<String> projections) {
    private static final List<String> PROJECTIONS = List.of("*_proj.weight");

    public LoraOptions {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank of adapters must be at least 1, was " + rank);
        }
        if (!(alpha > 0)) {
            throw new IllegalArgumentException("alpha must be positive, was " + alpha);
        }
        projections = List.copyOf(projections);
        if (projections.isEmpty()) {
            throw new IllegalArgumentException("adapters need at least one projection");
        }
    }

    /** Adapters of every projection of attention and MLP, with a scale of 1. */
    public static LoraOptions of(int rank) {
        return new LoraOptions(rank, rank, PROJECTIONS);
    }
}
