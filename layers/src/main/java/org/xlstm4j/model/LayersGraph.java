package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.graph.SessionMemory;
import org.xlstm4j.ops.norm.NormedSum;

/**
 * Consecutive layers of a model as a graph of their own, so that no more than theirs need be in memory: run one after
 * another, such graphs compute bit by bit what {@link LmGraph} does. The first reads ids; the others what the one
 * before left, {@value #SUM} and {@value #NORMED}, each [batch · time, hiddenSize].
 */
public final class LayersGraph {
    /** The residual stream. */
    public static final String SUM = "sum";
    /** What the first of the layers reads of it. */
    public static final String NORMED = "normed";

    private final SameDiff sd;
    private final boolean isFirst;
    private final List<SDVariable> normed;
    private final List<SDVariable> mixed;
    private final NormedSum out;

    private LayersGraph(SameDiff sd, boolean isFirst, List<SDVariable> normed, List<SDVariable> mixed, NormedSum out) {
        this.sd = sd;
        this.isFirst = isFirst;
        this.normed = List.copyOf(normed);
        this.mixed = List.copyOf(mixed);
        this.out = out;
    }

    /**
     * The layers from {@code from} to before {@code to}.
     *
     * @param time      tokens a row
     * @param trainable which parameters are variables
     */
    public static LayersGraph of(CausalLm model, int from, int to, int time, Predicate<String> trainable) {
        return of(model, from, to, time, trainable, DataType.FLOAT);
    }

    /** The same with activations as those of {@link LmGraph#of(CausalLm, int, Predicate, DataType)}. */
    public static LayersGraph of(CausalLm model, int from, int to, int time, Predicate<String> trainable,
                                 DataType activations) {
        LmGraph.requireFused(activations);
        var config = model.config();
        if (from < 0 || to <= from || to > config.layers()) {
            throw new IllegalArgumentException(
                    "there are no layers " + from + " to " + to + " in a model of " + config.layers());
        }
        var sd = SameDiff.create();
        var positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1, time);
        var segments = sd.placeHolder(LmGraph.SEGMENTS, DataType.FLOAT, -1, time);
        var parameters = new GraphParameters(sd, model, trainable);
        var mixer = new SequenceMixer(config, parameters, time, segments, false);
        var decoder = new Decoder(config, parameters, positions, activations);
        var x = from == 0 ? decoder.embed(sd.placeHolder(LmGraph.IDS, DataType.INT32, -1, time).reshape(-1))
                : new NormedSum(sd.placeHolder(SUM, activations, -1, config.hiddenSize()),
                        sd.placeHolder(NORMED, activations, -1, config.hiddenSize()));
        var normed = new ArrayList<SDVariable>();
        var mixed = new ArrayList<SDVariable>();
        for (int layer = from; layer < to; layer++) {
            normed.add(x.normed());
            var output = decoder.layer(layer, x, mixer);
            mixed.add(output.mixed());
            x = output.next();
        }
        var out = to == config.layers() ? new NormedSum(x.sum(), decoder.last(x)) : x;
        return new LayersGraph(sd, from == 0, normed, mixed, out);
    }

    /** The graph itself, to which a loss may be added. */
    public SameDiff sameDiff() {
        return sd;
    }

    /** What each layer's projections read, [batch · time, hiddenSize]. */
    public List<SDVariable> normed() {
        return normed;
    }

    /** Each layer's mixer output before the output projection, [batch · time, heads · headDim]. */
    public List<SDVariable> mixed() {
        return mixed;
    }

    /** What enters the next layer; of the last layer, the stream and what the head reads. */
    public NormedSum out() {
        return out;
    }

    /**
     * What layers hand on.
     *
     * @param sum    the residual stream, [batch · time, hiddenSize]
     * @param normed what is read of it next
     */
    public record Stream(INDArray sum, INDArray normed) {
    }

    /** The placeholders' values for a batch; {@code before} is what the layers before left, null for the first. */
    public Map<String, INDArray> feed(TokenBatch batch, Stream before) {
        var feed = new HashMap<>(LmGraph.feed(batch));
        if (!isFirst) {
            feed.remove(LmGraph.IDS);
            feed.put(SUM, before.sum());
            feed.put(NORMED, before.normed());
        }
        return feed;
    }

    /**
     * The values of {@code wanted} for a batch.
     *
     * @param memory what graphs that are run one after another share
     */
    public Map<String, INDArray> output(TokenBatch batch, Stream before, List<SDVariable> wanted,
                                        SessionMemory memory) {
        memory.use(sd);
        return sd.output(feed(batch, before), wanted.stream().map(SDVariable::name).distinct().toArray(String[]::new));
    }

    /** Takes back outputs of the last run on this thread; nobody may use them any more. */
    public void recycle(Map<String, INDArray> outputs) {
        PlannedSession.recycle(sd, outputs);
    }
}
