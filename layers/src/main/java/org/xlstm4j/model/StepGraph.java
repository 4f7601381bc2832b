package org.xlstm4j.model;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.mlstm.MlstmState;

/** The graph that reads one token of every sequence of a batch and updates the state. */
final class StepGraph implements Mixer {
    private static final String WRITTEN = "written";
    private static final String VISIBLE = "visible";

    private final SameDiff sd = SameDiff.create();
    private final ModelConfig config;
    private final CacheLayout layout;
    private final GraphParameters parameters;
    private final SDVariable written;
    private final SDVariable visible;
    private final SDVariable logits;
    private final Map<String, SDVariable> updated = new LinkedHashMap<>();

    StepGraph(CausalLm model, CacheLayout layout) {
        this.config = model.config();
        this.layout = layout;
        this.parameters = new GraphParameters(sd, model, name -> false);
        this.written = sd.placeHolder(WRITTEN, DataType.FLOAT, -1, layout.slots());
        this.visible = sd.placeHolder(VISIBLE, DataType.FLOAT, -1, layout.slots());
        var ids = sd.placeHolder(LmGraph.IDS, DataType.INT32, -1);
        var positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1, 1);
        this.logits = new Decoder(config, parameters, 1, positions).run(ids, this).logits();
    }

    @Override
    public SDVariable mix(Inputs in) {
        var names = DecodeState.Names.of(in.layer());
        var keys = write(names.keys(), in.key());
        var values = write(names.values(), in.value());
        if (!config.isStudent()) {
            var spec = AttentionSpec.causal(config.heads(), config.keyValueHeads(), layout.slots(), config.headDim());
            return Attention.step(spec, in.query(), keys, values, visible);
        }
        int heads = config.heads();
        int width = config.headDim();
        var state = new MlstmState(sd.placeHolder(names.memory(), DataType.FLOAT, -1, heads, width, width),
                sd.placeHolder(names.normalizer(), DataType.FLOAT, -1, heads, width),
                sd.placeHolder(names.max(), DataType.FLOAT, -1, heads));
        var result = Hybrid.step(Decoder.hybridSpec(config, 1), Decoder.hybridParameters(parameters, in.layer()),
                new HybridInputs(in.normed(), in.query(), in.key(), in.value(), null), keys, values, layout.slots(),
                visible, state);
        updated.put(names.memory(), result.state().memory());
        updated.put(names.normalizer(), result.state().normalizer());
        updated.put(names.max(), result.state().max());
        return result.output().hidden();
    }

    /** The cache with this step's entry in its slot. */
    private SDVariable write(String name, SDVariable entry) {
        var cache = sd.placeHolder(name, DataType.FLOAT, -1, config.keyValueHeads(), layout.slots(), config.headDim());
        var slot = written.reshape(-1, 1, layout.slots(), 1);
        var result = cache.mul(slot.rsub(1.0)).add(slot.mul(entry));
        updated.put(name, result);
        return result;
    }

    /** Reads one token a row. */
    DecodeStep run(int[] tokens, DecodeState state) {
        int batch = tokens.length;
        int slots = layout.slots();
        var slotWritten = new float[batch * slots];
        var slotVisible = new float[batch * slots];
        for (int row = 0; row < batch; row++) {
            int position = state.lengths()[row];
            slotWritten[row * slots + layout.slot(position)] = 1;
            for (int slot = 0; slot < slots; slot++) {
                slotVisible[row * slots + slot] = layout.visible(slot, position) ? 1 : 0;
            }
        }
        var feed = new HashMap<>(state.arrays());
        feed.put(LmGraph.IDS, Nd4j.createFromArray(tokens));
        feed.put(LmGraph.POSITIONS, LmGraph.floats(state.lengths(), batch, 1));
        feed.put(WRITTEN, Nd4j.createFromArray(slotWritten).reshape('c', batch, slots));
        feed.put(VISIBLE, Nd4j.createFromArray(slotVisible).reshape('c', batch, slots));

        var wanted = new String[updated.size() + 1];
        int index = 0;
        for (var variable : updated.values()) {
            wanted[index++] = variable.name();
        }
        wanted[index] = logits.name();
        var values = sd.output(feed, wanted);
        var arrays = new HashMap<String, INDArray>();
        updated.forEach((name, variable) -> arrays.put(name, values.get(variable.name())));
        return new DecodeStep(values.get(logits.name()), state.next(arrays));
    }
}
