package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.heads.Heads;

/**
 * Causal multi-head attention within a sliding window, with sinks; from [minibatch, nIn, time] to
 * [minibatch, nOut, time].
 *
 * <p>Step t sees step s where s ≤ t and (t − s &lt; window or s is one of the first {@code sinks} present steps);
 * softmax(q · k / sqrt(headSize)) weighs the values of what it sees. Parameters: those of {@link MultiHeadLayer}.
 *
 * <p>Masks may leave out steps at the start and at the end of a sequence, not between.
 */
public final class SlidingWindowAttentionLayer extends MultiHeadLayer {
    private int window;
    private int sinks;
    private double ropeTheta;

    private SlidingWindowAttentionLayer(Builder builder) {
        super(builder);
        window = Settings.atLeast("window", builder.window, 1);
        sinks = Settings.atLeast("sinks", builder.sinks, 0);
        ropeTheta = Settings.ropeTheta(builder.ropeTheta, getHeadSize());
    }

    /** For Jackson. */
    SlidingWindowAttentionLayer() {}

    @Override
    SDVariable mix(Heads heads, SDVariable x, SDVariable query, SDVariable key, SDVariable value,
            Map<String, SDVariable> parameters, SDVariable mask) {
        var spec = AttentionSpec.window(heads.count(), heads.count(), heads.time(), heads.width(), window, sinks);
        var rotated = new Positions(heads, ropeTheta, mask).rotate(query, key);
        return Attention.causal(spec, rotated.query(), rotated.key(), value, mask);
    }

    @Override
    List<Object> settings() {
        return List.of(window, sinks, ropeTheta);
    }

    public int getWindow() {
        return window;
    }

    public void setWindow(int window) {
        this.window = window;
    }

    public int getSinks() {
        return sinks;
    }

    public void setSinks(int sinks) {
        this.sinks = sinks;
    }

    public double getRopeTheta() {
        return ropeTheta;
    }

    public void setRopeTheta(double ropeTheta) {
        this.ropeTheta = ropeTheta;
    }

    /** {@code new SlidingWindowAttentionLayer.Builder().nOut(64).nHeads(4).window(128).sinks(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends MultiHeadLayer.Builder<Builder> {
        private int window;
        private int sinks;
        private double ropeTheta;

        /** Steps that a query sees back, its own included; at least 1. */
        public Builder window(int steps) {
            window = steps;
            return this;
        }

        /** First steps of the sequence, seen by every query. 0 where not set. */
        public Builder sinks(int steps) {
            sinks = steps;
            return this;
        }

        /** Base of the rotary position embedding, such as 10000; 0, the default, for none. */
        public Builder ropeTheta(double theta) {
            ropeTheta = theta;
            return this;
        }

        @Override
        public SlidingWindowAttentionLayer build() {
            return new SlidingWindowAttentionLayer(this);
        }
    }
}
