package org.xlstm4j.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;
import org.nd4j.shade.jackson.databind.annotation.JsonSerialize;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.norm.RmsNorm;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * A layer whose heads attend within a sliding window with sinks, alone or beside an mLSTM.
 *
 * <p>Groups of nHeads / nKeyValueHeads heads in a row share a key and a value: {@code Wk} and {@code Wv} are
 * [nKeyValueHeads · headSize, nIn] then. Queries and keys pass an RMSNorm and are turned by RoPE, where they are set.
 * Parameters beside those of {@link MultiHeadLayer}: the norms' weights {@code Nq} and {@code Nk}, which start at 1, as
 * wide as a head, or as all heads of queries and of keys.
 *
 * <p>Masks may leave out steps at the start and at the end of a sequence, not between.
 *
 * <p>The state is what the window still shows: {@code keys} and {@code values}, [minibatch, steps,
 * nKeyValueHeads · headSize], of the sinks and the latest window − 1 steps, keys after norm and RoPE; {@code present},
 * [minibatch, steps], 1 where there is such a step; and with RoPE {@code position}, [minibatch, 1], the steps so far.
 */
public abstract class WindowedLayer extends MultiHeadLayer {
    /** Weight of the queries' norm, [headSize] or [nHeads · headSize]. */
    public static final String QUERY_NORM = "Nq";
    /** Weight of the keys' norm, [headSize] or [nKeyValueHeads · headSize]. */
    public static final String KEY_NORM = "Nk";

    private static final String POSITION = "position";

    private int nKeyValueHeads;
    private QueryKeyNorm queryKeyNorm;
    private double normEps;
    private int window;
    private int sinks;
    private double ropeTheta;
    private RopeScaling ropeScaling;

    protected WindowedLayer(Builder<?> builder) {
        super(builder);
        nKeyValueHeads = builder.nKeyValueHeads == 0 ? getNHeads()
                : Settings.divisor("nKeyValueHeads", builder.nKeyValueHeads, "nHeads", getNHeads());
        queryKeyNorm = Objects.requireNonNull(builder.queryKeyNorm, "queryKeyNorm");
        normEps = Settings.positive("normEps", builder.normEps);
        window = Settings.atLeast("window", builder.window, 1);
        sinks = Settings.atLeast("sinks", builder.sinks, 0);
        ropeTheta = builder.ropeTheta;
        ropeScaling = Objects.requireNonNull(builder.ropeScaling, "ropeScaling");
        if (ropeTheta == 0 && !(ropeScaling instanceof RopeScaling.None)) {
            throw new IllegalArgumentException("ropeScaling needs a ropeTheta");
        }
        rope();
    }

    /** For Jackson. */
    protected WindowedLayer() {}

    @Override
    final long keyValueWidth() {
        return (long) nKeyValueHeads * getHeadSize();
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        super.defineParameters(params);
        if (queryKeyNorm != QueryKeyNorm.NONE) {
            boolean perHead = queryKeyNorm == QueryKeyNorm.PER_HEAD;
            // Not as weights, which weight decay would pull away from 1.
            params.addBiasParam(QUERY_NORM, perHead ? getHeadSize() : innerWidth());
            params.addBiasParam(KEY_NORM, perHead ? getHeadSize() : keyValueWidth());
        }
    }

    @Override
    protected void initialize(String name, INDArray parameter) {
        switch (name) {
            case QUERY_NORM, KEY_NORM -> parameter.assign(1);
            default -> super.initialize(name, parameter);
        }
    }

    @Override
    List<Object> settings() {
        return List.of(nKeyValueHeads, queryKeyNorm, normEps, window, sinks, ropeTheta, ropeScaling);
    }

    @Override
    public List<StateArray> stateArrays() {
        var arrays = new ArrayList<>(history().arrays());
        rope().ifPresent(spec -> arrays.add(StateArray.zeros(POSITION, 1)));
        return arrays;
    }

    private KeyValueHistory history() {
        return KeyValueHistory.of(window, sinks, keyValueWidth());
    }

    /** The sequence with queries and keys after their norms, turned by the steps' positions. */
    final HeadSequence turned(HeadSequence in) {
        return turned(in, null);
    }

    private HeadSequence turned(HeadSequence in, SDVariable firstPosition) {
        var queries = norm(in.query(), in.parameter(QUERY_NORM), in.heads().count());
        var keys = norm(in.key(), in.parameter(KEY_NORM), nKeyValueHeads);
        if (rope().isEmpty()) {
            return in.with(queries, keys);
        }
        var rotated = new Positions(rope().get(), in.heads(), in.mask(), firstPosition)
                .rotate(queries, keys, nKeyValueHeads);
        return in.with(rotated.query(), rotated.key());
    }

    /**
     * A piece of a sequence as the window sees it.
     *
     * @param piece  with queries and keys turned
     * @param window what its heads see, [minibatch · time, nHeads · headSize]
     * @param state  after it
     */
    record Windowed(HeadSequence piece, SDVariable window, Map<String, SDVariable> state) {
    }

    /** Attention of a sequence that goes on from a state. */
    final Windowed attend(HeadSequence in, Map<String, SDVariable> state) {
        var piece = turned(in, state.get(POSITION));
        var all = history().extend(state, piece);
        var attended = Attention.continued(attention(in.heads()), piece.query(), all.keys(), all.values(),
                all.present(), history().length());
        var after = history().after(all);
        if (rope().isPresent()) {
            after.put(POSITION, state.get(POSITION).add(in.heads().time()));
        }
        return new Windowed(piece, attended, after);
    }

    /** The window over a sequence. */
    final AttentionSpec attention(Heads heads) {
        return AttentionSpec.window(heads.count(), nKeyValueHeads, heads.time(), heads.width(), window, sinks);
    }

    private SDVariable norm(SDVariable x, SDVariable weight, int heads) {
        return switch (queryKeyNorm) {
            case NONE -> x;
            case PER_HEAD -> RmsNorm.perHead(x, weight, heads, normEps);
            case WHOLE -> RmsNorm.apply(x, weight, normEps);
        };
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

    public QueryKeyNorm getQueryKeyNorm() {
        return queryKeyNorm;
    }

    public void setQueryKeyNorm(QueryKeyNorm queryKeyNorm) {
        this.queryKeyNorm = queryKeyNorm;
    }

    public double getNormEps() {
        return normEps;
    }

    public void setNormEps(double normEps) {
        this.normEps = normEps;
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
        private QueryKeyNorm queryKeyNorm = QueryKeyNorm.NONE;
        private double normEps = 1e-6;
        private int window;
        private int sinks;
        private double ropeTheta;
        private RopeScaling ropeScaling = new RopeScaling.None();

        /** Heads of keys and values, each shared by nHeads / heads queries; nHeads where not set. */
        public T nKeyValueHeads(int heads) {
            nKeyValueHeads = Settings.atLeast("nKeyValueHeads", heads, 1);
            return (T) this;
        }

        /** The RMSNorm of queries and keys before RoPE; none where not set. */
        public T queryKeyNorm(QueryKeyNorm norm) {
            queryKeyNorm = norm;
            return (T) this;
        }

        /** What that norm adds to the mean square; 1e-6 where not set. */
        public T normEps(double epsilon) {
            normEps = epsilon;
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
