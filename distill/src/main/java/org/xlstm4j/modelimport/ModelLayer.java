package org.xlstm4j.modelimport;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.xlstm4j.layers.HybridAttentionLayer;
import org.xlstm4j.layers.MultiHeadLayer;
import org.xlstm4j.layers.SlidingWindowAttentionLayer;
import org.xlstm4j.layers.WindowedLayer;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.Traits.QueryKeyNorm;

/**
 * What mixes tokens in a layer of a model, as a DL4J layer: projections, RoPE, attention or the hybrid mixer, and the
 * output projection.
 *
 * @param config the model's architecture
 * @param index  the layer's, from 0
 */
record ModelLayer(ModelConfig config, int index) {

    static ModelLayer of(ModelConfig config, int index) throws InvalidLayerException {
        if (index < 0 || index >= config.layers()) {
            throw new InvalidLayerException("the model has no layer " + index + ", its layers are 0 to "
                    + (config.layers() - 1));
        }
        var hybrid = config.hybrid();
        if (hybrid.isPresent() && !(hybrid.get().isGated() && hybrid.get().hasWindow())) {
            throw new InvalidLayerException("the student's mixers have "
                    + (hybrid.get().hasWindow() ? "no gates of the memory" : "no window")
                    + ", and no DL4J layer is like them; use the whole model (importCausalLm, importSameDiff)");
        }
        return new ModelLayer(config, index);
    }

    /** The DL4J layer that computes the same. */
    WindowedLayer configuration() {
        var hybrid = config.hybrid();
        WindowedLayer.Builder<?> builder = hybrid.isPresent()
                ? new HybridAttentionLayer.Builder().chunkSize(hybrid.get().chunkSize())
                : new SlidingWindowAttentionLayer.Builder();
        var rope = config.rope(index);
        return builder.nIn(config.hiddenSize()).nOut(config.hiddenSize())
                .nHeads(config.heads()).nKeyValueHeads(config.keyValueHeads()).headSize(config.headDim())
                .biases(config.traits().biases())
                .queryKeyNorm(config.traits().queryKeyNorm()).normEps(config.normEps())
                .ropeTheta(rope.theta()).ropeScaling(rope.scaling())
                .window(window()).sinks(hybrid.isPresent() ? hybrid.get().sinks() : 0).build();
    }

    /** Where a layer sees everything, a window as long as the longest text that the model was made for. */
    private int window() {
        return config.isStudent() ? config.hybrid().orElseThrow().window()
                : config.window(index).orElse(config.maxPositions());
    }

    private boolean seesAll() {
        return !config.isStudent() && config.window(index).isEmpty();
    }

    void requireFits(NetLayer layer) throws InvalidLayerException {
        var wanted = configuration();
        var given = layer.configuration();
        if (wanted.getClass() != given.getClass()) {
            throw new InvalidLayerException(layer.where() + " is a " + given.getClass().getSimpleName() + ", but layer "
                    + index + " of a " + (config.isStudent() ? "student" : "teacher") + " is a "
                    + wanted.getClass().getSimpleName());
        }
        var faults = faults(wanted, given);
        if (!faults.isEmpty()) {
            throw new InvalidLayerException(layer.where() + " is not set up as layer " + index + " of the model: "
                    + String.join("; ", faults) + "; TeacherImport.importLayerConfiguration gives the settings");
        }
    }

    private List<String> faults(WindowedLayer wanted, WindowedLayer given) {
        var faults = new ArrayList<String>();
        requireEqual("nIn", wanted.getNIn(), given.getNIn(), faults);
        if (given.isOutputProjection()) {
            requireEqual("nOut", wanted.getNOut(), given.getNOut(), faults);
        }
        requireEqual("nHeads", wanted.getNHeads(), given.getNHeads(), faults);
        requireEqual("nKeyValueHeads", wanted.getNKeyValueHeads(), given.getNKeyValueHeads(), faults);
        requireEqual("headSize", wanted.getHeadSize(), given.getHeadSize(), faults);
        requireEqual("biases", wanted.getBiases(), given.getBiases(), faults);
        requireEqual("queryKeyNorm", wanted.getQueryKeyNorm(), given.getQueryKeyNorm(), faults);
        if (wanted.getQueryKeyNorm() != QueryKeyNorm.NONE) {
            requireEqual("normEps", wanted.getNormEps(), given.getNormEps(), faults);
        }
        requireEqual("ropeTheta", wanted.getRopeTheta(), given.getRopeTheta(), faults);
        requireEqual("ropeScaling", wanted.getRopeScaling(), given.getRopeScaling(), faults);
        if (!seesAll()) {
            requireEqual("window", wanted.getWindow(), given.getWindow(), faults);
            requireEqual("sinks", wanted.getSinks(), given.getSinks(), faults);
        } else if (given.getWindow() < wanted.getWindow()) {
            faults.add("window is " + given.getWindow() + ", less than the " + wanted.getWindow()
                    + " tokens that the model's layer sees");
        }
        return faults;
    }

    private static <T> void requireEqual(String name, T wanted, T given, List<String> faults) {
        if (!wanted.equals(given)) {
            faults.add(name + " is " + given + " instead of " + wanted);
        }
    }

    /** The model's names of a DL4J layer's parameters; both have weights of products as [out, in]. */
    Map<String, String> parameterNames() {
        var names = ParameterNames.layer(index);
        return Map.ofEntries(
                entry(MultiHeadLayer.QUERY, names.query()),
                entry(MultiHeadLayer.KEY, names.key()),
                entry(MultiHeadLayer.VALUE, names.value()),
                entry(MultiHeadLayer.QUERY_BIAS, names.queryBias()),
                entry(MultiHeadLayer.KEY_BIAS, names.keyBias()),
                entry(MultiHeadLayer.VALUE_BIAS, names.valueBias()),
                entry(WindowedLayer.QUERY_NORM, names.queryNorm()),
                entry(WindowedLayer.KEY_NORM, names.keyNorm()),
                entry(MultiHeadLayer.OUTPUT, names.output()),
                entry(MultiHeadLayer.OUTPUT_BIAS, names.outputBias()),
                entry(HybridAttentionLayer.QUERY_FEATURES, names.queryFeatures()),
                entry(HybridAttentionLayer.KEY_FEATURES, names.keyFeatures()),
                entry(HybridAttentionLayer.INPUT_GATE, names.inputGateWeight()),
                entry(HybridAttentionLayer.INPUT_GATE_BIAS, names.inputGateBias()),
                entry(HybridAttentionLayer.FORGET_GATE, names.forgetGateWeight()),
                entry(HybridAttentionLayer.FORGET_GATE_BIAS, names.forgetGateBias()),
                entry(HybridAttentionLayer.OUTPUT_GATE, names.outputGateWeight()),
                entry(HybridAttentionLayer.OUTPUT_GATE_BIAS, names.outputGateBias()));
    }
}
