package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.mlstm.MlstmState;

/** The graph that reads one token of every sequence of a batch and updates the state. */
final class StepGraph implements Mixer {
    private final SameDiff sd = SameDiff.create();
    private final CausalLm model;
    private final ModelConfig config;
    private final List<RingBuffer> rings;
    private final GraphParameters parameters;
    private final SDVariable positions;
    private final SDVariable logits;
    private final Map<String, SDVariable> updated = new LinkedHashMap<>();

    StepGraph(CausalLm model, List<RingBuffer> rings) {
        this.model = model;
        this.config = model.config();
        this.rings = rings;
        this.parameters = new GraphParameters(sd, model, name -> false);
        var ids = sd.placeHolder(LmGraph.IDS, DataType.INT32, -1);
        this.positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1);
        var outputs = new Decoder(config, parameters, positions).run(ids, this);
        this.logits = Linear.apply(outputs.last(), parameters.head());
    }

    @Override
    public SDVariable mix(Inputs in) {
        var names = DecodeState.Names.of(in.layer());
        var ring = rings.get(in.layer());
        var keys = cache(names.keys(), ring);
        var values = cache(names.values(), ring);
        if (!config.isStudent()) {
            var spec = Decoder.attentionSpec(config, in.layer(), 1);
            var step = Attention.step(spec, ring, in.query(), in.key(), in.value(), keys, values, positions);
            updated.put(names.keys(), step.keys());
            updated.put(names.values(), step.values());
            return step.output();
        }
        int heads = config.heads();
        int width = config.headDim();
        var state = new MlstmState(sd.placeHolder(names.memory(), DataType.FLOAT, -1, heads, width, width),
                sd.placeHolder(names.normalizer(), DataType.FLOAT, -1, heads, width),
                sd.placeHolder(names.max(), DataType.FLOAT, -1, heads));
        var step = Hybrid.step(Decoder.hybridSpec(config, 1), Decoder.hybridParameters(config, parameters, in.layer()),
                new HybridInputs(in.normed(), in.query(), in.key(), in.value(), null), ring, keys, values, positions,
                state);
        updated.put(names.keys(), step.keys());
        updated.put(names.values(), step.values());
        updated.put(names.memory(), step.state().memory());
        updated.put(names.normalizer(), step.state().normalizer());
        updated.put(names.max(), step.state().max());
        return step.output().hidden();
    }

    private SDVariable cache(String name, RingBuffer ring) {
        return sd.placeHolder(name, DataType.FLOAT, -1, ring.slots(),
                (long) config.keyValueHeads() * config.headDim());
    }

    /**
     * A step over arrays that stay.
     *
     * @param run       the run
     * @param ids       the tokens to read, [batch]
     * @param positions theirs, [batch]
     * @param logits    the name of what it computes
     * @param updated   the names of the state's arrays after it, by those before it
     */
    record FixedStep(FixedRun run, INDArray ids, INDArray positions, String logits, Map<String, String> updated) {
    }

    /** Decoding from what was read so far, whose state's arrays it changes. */
    Decoding decode(DecodeStep start) {
        var wanted = new ArrayList<String>();
        wanted.add(logits.name());
        updated.values().forEach(variable -> wanted.add(variable.name()));
        int rows = start.state().lengths().length;
        var ids = Nd4j.create(DataType.INT32, rows);
        var positions = Nd4j.create(DataType.FLOAT, rows);
        var inputs = new HashMap<>(start.state().arrays());
        inputs.put(LmGraph.IDS, ids);
        inputs.put(LmGraph.POSITIONS, positions);
        var feedback = new FixedRun.Feedback(new HashMap<>(), new HashMap<>());
        // A cache changes in one slot; a memory changes all over, and is read while it is written.
        updated.forEach((state, variable) -> (DecodeState.Names.isCache(state) ? feedback.inPlace()
                : feedback.exchanged()).put(variable.name(), state));
        var names = new HashMap<String, String>();
        updated.forEach((state, variable) -> names.put(state, variable.name()));
        return FixedRun.of(sd, inputs, wanted, feedback)
                .<Decoding>map(run -> new Decoding.Fixed(model,
                        new FixedStep(run, ids, positions, logits.name(), names), start))
                .orElseGet(() -> new Decoding.BySession(model, this, start));
    }

    /** Reads one token a row; the state before stays as it was. */
    DecodeStep run(int[] tokens, DecodeState state) {
        var feed = new HashMap<>(state.arrays());
        feed.put(LmGraph.IDS, Nd4j.createFromArray(tokens));
        feed.put(LmGraph.POSITIONS, LmGraph.floats(state.lengths(), tokens.length));

        var wanted = new String[updated.size() + 1];
        int index = 0;
        for (var variable : updated.values()) {
            wanted[index++] = variable.name();
        }
        wanted[index] = logits.name();
        PlannedSession.use(sd);
        var values = sd.output(feed, wanted);
        var arrays = new HashMap<String, INDArray>();
        updated.forEach((name, variable) -> arrays.put(name, values.get(variable.name())));
        return new DecodeStep(values.get(logits.name()), state.next(arrays));
    }
}
