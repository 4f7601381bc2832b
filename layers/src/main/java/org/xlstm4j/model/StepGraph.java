package org.xlstm4j.model;

import java.util.HashMap;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.DecodeState.Names;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.linear.Linear;

/** The graph that reads one token of every sequence of a batch and updates the state. */
final class StepGraph implements Mixer {
    private final SameDiff sd = SameDiff.create();
    private final CausalLm model;
    private final ModelConfig config;
    private final GraphParameters parameters;
    private final StateVariables states;
    private final SDVariable positions;
    private final SDVariable logits;
    private final int capacity;

    StepGraph(CausalLm model, List<RingBuffer> rings) {
        this.model = model;
        this.config = model.config();
        this.parameters = new GraphParameters(sd, model, name -> false);
        this.states = new StateVariables(sd, config, rings);
        var ids = sd.placeHolder(LmGraph.IDS, DataType.INT32, -1);
        this.positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1);
        var outputs = new Decoder(config, parameters, positions).run(ids, this);
        this.logits = Linear.apply(outputs.last(), parameters.head());
        this.capacity = rings.stream().filter(ring -> ring.window() == 0).mapToInt(RingBuffer::sinks).min()
                .orElse(Integer.MAX_VALUE);
    }

    @Override
    public SDVariable mix(Inputs in) {
        var before = states.before(in.layer());
        if (!config.isStudent()) {
            var spec = Decoder.attentionSpec(config, in.layer(), 1);
            var step = Attention.step(spec, before.ring(), in.query(), in.key(), in.value(), before.keys(),
                    before.values(), positions);
            states.after(in.layer(), step.keys(), step.values(), null);
            return step.output();
        }
        var step = Hybrid.step(Decoder.hybridSpec(config, 1), Decoder.hybridParameters(config, parameters, in.layer()),
                new HybridInputs(in.normed(), in.query(), in.key(), in.value(), null), before.ring(), before.keys(),
                before.values(), positions, before.memory());
        states.after(in.layer(), step.keys(), step.values(), step.state());
        return step.output().hidden();
    }

    /**
     * A step over arrays that stay.
     *
     * @param run       the run
     * @param ids       the tokens to read, [batch]
     * @param positions theirs, [batch]
     * @param logits    the name of what it computes
     * @param states    what it updates
     */
    record FixedStep(FixedRun run, INDArray ids, INDArray positions, String logits, StateVariables states) {
    }

    /** Decoding from what was read so far, whose state's arrays it changes. */
    Decoding decode(DecodeStep start) {
        int rows = start.state().lengths().length;
        var ids = Nd4j.create(DataType.INT32, rows);
        var positions = Nd4j.create(DataType.FLOAT, rows);
        var inputs = new HashMap<>(start.state().arrays());
        inputs.put(LmGraph.IDS, ids);
        inputs.put(LmGraph.POSITIONS, positions);
        // A cache changes in one slot; a memory changes all over, and is read while it is written.
        var feedback = new FixedRun.Feedback(states.placeHolders(Names::isCache),
                states.placeHolders(name -> !Names.isCache(name)));
        return FixedRun.of(sd, inputs, states.namesWith(logits), feedback)
                .<Decoding>map(run -> new Decoding.Fixed(model, capacity,
                        new FixedStep(run, ids, positions, logits.name(), states), start))
                .orElseGet(() -> new Decoding.BySession(model, capacity, this, start));
    }

    /** Reads one token a row; the state before stays as it was. */
    DecodeStep run(int[] tokens, DecodeState state) {
        var feed = new HashMap<>(state.arrays());
        feed.put(LmGraph.IDS, Nd4j.createFromArray(tokens));
        feed.put(LmGraph.POSITIONS, LmGraph.floats(state.lengths(), tokens.length));
        PlannedSession.takeOver(sd);
        var values = sd.output(feed, states.namesWith(logits).toArray(String[]::new));
        return new DecodeStep(values.get(logits.name()), state.next(states.after(values::get)));
    }
}
