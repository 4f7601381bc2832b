package org.xlstm4j.layers;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;
import org.nd4j.shade.jackson.databind.annotation.JsonSerialize;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.rope.Rope;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * A layer whose heads attend within a sliding window with sinks, alone or beside an mLSTM.
 *
 * <p>Groups of nHeads / nKeyValueHeads heads in a row share a key and a value: {@code Wk} and {@code Wv} are
 * [nKeyValueHeads · headSize, nIn] then. Queries and keys are turned by RoPE, where it is set.
 *
 * <p>Masks may leave out steps at the start and at the end of a sequence, not between.
 */
public abstract class WindowedLayer extends MultiHeadLayer {
    private int nKeyValueHeads;
    private int window;
    private int sinks;
    private double ropeTheta;
    private RopeScaling ropeScaling;

    protected WindowedLayer(Builder<?> builder) {
        super(builder);
        nKeyValueHeads = builder.nKeyValueHeads == 0 ? getNHeads()
                : Settings.divisor("nKeyValueHeads", builder.nKeyValueHeads, "nHeads", getNHeads());
        window = Settings.atLeast("window", builder.window, 1);
        sinks = Settings.atLeast("sinks", builder.sinks, 0);
        ropeTheta = builder.ropeTheta;
        ropeScaling = Objects.requireNonNull(builder.ropeScaling, "ropeScaling");
        rope();
    }

    /** For Jackson. */
    protected WindowedLayer() {}

    @Override
    final long keyValueWidth() {
        return (long) nKeyValueHeads * getHeadSize();
    }

    @Override
    List<Object> settings() {
        return List.of(nKeyValueHeads, window, sinks, ropeTheta, ropeScaling);
    }

    /** Queries and keys turned by the steps' positions. */
    final Rope.Rotated rotate(Heads heads, SDVariable query, SDVariable key, SDVariable mask) {
        return rope().map(spec -> new Positions(spec, heads, mask).rotate(query, key, nKeyValueHeads))
                .orElseGet(() -> new Rope.Rotated(query, key));
    }

    private Optional<RopeSpec> rope() {
        return ropeTheta == 0 ? Optional.empty()
                : Optional.of(new RopeSpec(getHeadSize(), ropeTheta, ropeScaling));
    }

    public int getNKeyValueHeads() {
        return nKeyValueHeads;
    }

    public void setNKeyValueHeads(int nKeyValueHeads) {
        this.nKeyValueHeads = nKeyValueHeads;
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

    @JsonSerialize(using = RopeScalingJson.Writer.class)
    public RopeScaling getRopeScaling() {
        return ropeScaling;
    }

    @JsonDeserialize(using = RopeScalingJson.Reader.class)
    public void setRopeScaling(RopeScaling ropeScaling) {
        this.ropeScaling = ropeScaling;
    }

    /** Settings that all layers with a window share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends MultiHeadLayer.Builder<T> {
        private int nKeyValueHeads;
        private int window;
        private int sinks;
        private double ropeTheta;
        private RopeScaling ropeScaling = new RopeScaling.None();

        /** Heads of keys and values, each shared by nHeads / heads queries; nHeads where not set. */
        public T nKeyValueHeads(int heads) {
            nKeyValueHeads = Settings.atLeast("nKeyValueHeads", heads, 1);
            return (T) this;
        }

        /** Steps that a query sees back, its own included; at least 1. */
        public T window(int steps) {
            window = steps;
            return (T) this;
        }

        /** First steps of the sequence, seen by every query. 0 where not set. */
        public T sinks(int steps) {
            sinks = steps;
            return (T) this;
        }

        /** Base of the rotary position embedding, such as 10000; 0, the default, for none. */
        public T ropeTheta(double theta) {
            ropeTheta = theta;
            return (T) this;
        }

        /** How the frequencies of RoPE are changed for longer sequences, as in Llama 3.1; not at all by default. */
        public T ropeScaling(RopeScaling scaling) {
            ropeScaling = scaling;
            return (T) this;
        }
    }
}
