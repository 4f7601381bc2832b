package org.xlstm4j.model;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The mixer of one student layer as a graph of its own, fed with a normed layer input: what stage I aligns. The
 * mixer's own parameters are variables, the projections copied from the teacher constants. Placeholders are
 * {@value #NORMED}, [batch · time, hiddenSize], and positions and segments as in {@link LmGraph}.
 */
public final class MixerGraph {
    public static final String NORMED = "normed";

    private final SameDiff sd;
    private final SDVariable mixed;
    private final SDVariable segments;

    private MixerGraph(SameDiff sd, SDVariable mixed, SDVariable segments) {
        this.sd = sd;
        this.mixed = mixed;
        this.segments = segments;
    }

    /** The mixer of layer {@code layer} of a student over {@code time} tokens. */
    public static MixerGraph of(CausalLm student, int layer, int time) {
        var config = student.config();
        if (!config.isStudent()) {
            throw new IllegalArgumentException("the model has no hybrid mixer: convert the teacher first");
        }
        var sd = SameDiff.create();
        var normed = sd.placeHolder(NORMED, DataType.FLOAT, -1, config.hiddenSize());
        var positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1, time);
        var segments = sd.placeHolder(LmGraph.SEGMENTS, DataType.FLOAT, -1, time);
        var parameters = new GraphParameters(sd, student, ParameterNames::isMixer);
        var mixer = new SequenceMixer(config, parameters, time, segments, false);
        var mixed = new Decoder(config, parameters, positions).mix(layer, normed, mixer);
        return new MixerGraph(sd, mixed, segments);
    }

    /** The graph itself, to which a loss may be added. */
    public SameDiff sameDiff() {
        return sd;
    }

    /** The mixer's output before the output projection, [batch · time, heads · headDim]. */
    public SDVariable mixed() {
        return mixed;
    }

    /** The placeholder of the segments, [batch, time]. */
    public SDVariable segments() {
        return segments;
    }

    /** The placeholders' values for a batch. */
    public static Map<String, INDArray> feed(TokenBatch batch, INDArray normed) {
        var feed = new HashMap<>(LmGraph.feed(batch));
        feed.remove(LmGraph.IDS);
        feed.put(NORMED, normed);
        return feed;
    }
}
