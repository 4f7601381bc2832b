package org.xlstm4j.layers;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.rope.Rope;

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

    protected WindowedLayer(Builder<?> builder) {
        super(builder);
        nKeyValueHeads = builder.nKeyValueHeads == 0 ? getNHeads()
                : Settings.divisor("nKeyValueHeads", builder.nKeyValueHeads, "nHeads", getNHeads());
        window = Settings.atLeast("window", builder.window, 1);
        sinks = Settings.atLeast("sinks", builder.sinks, 0);
        ropeTheta = Settings.ropeTheta(builder.ropeTheta, getHeadSize());
    }

    /** For Jackson. */
    protected WindowedLayer() {}

    @Override
    final long keyValueWidth() {
        return (long) nKeyValueHeads * getHeadSize();
    }

    @Override
    List<Object> settings() {
        return List.of(nKeyValueHeads, window, sinks, ropeTheta);
    }

    /** Queries and keys turned by the steps' positions. */
    final Rope.Rotated rotate(Heads heads, SDVariable query, SDVariable key, SDVariable mask) {
        return new Positions(heads, ropeTheta, mask).rotate(query, key, nKeyValueHeads);
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

    /** Settings that all layers with a window share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends MultiHeadLayer.Builder<T> {
        private int nKeyValueHeads;
        private int window;
        private int sinks;
        private double ropeTheta;

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
    }
}
