package org.xlstm4j.modelimport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xlstm4j.layers.HybridAttentionLayer;
import org.xlstm4j.layers.MultiHeadLayer;
import org.xlstm4j.layers.SlidingWindowAttentionLayer;
import org.xlstm4j.layers.WindowedLayer;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.QueryKeyNorm;

/**
 * What mixes tokens in a layer of a model, as a DL4J layer: projections, RoPE, attention or the hybrid mixer, and the
 * output projection.
 *
 * @param config the model's architecture
 * @param index  the layer's, from 0
 */
record ModelLayer(ModelConfig config, int index) {

    static ModelLayer of(ModelConfig config, int index) throws InvalidLayerException, UnsupportedLayerException {
        if (index < 0 || index >= config.layers()) {
            throw new InvalidLayerException("the model has no layer " + index + ", its layers are 0 to "
                    + (config.layers() - 1));
        }
        var layer = new ModelLayer(config, index);
        var parts = layer.unsupported();
        if (!parts.isEmpty()) {
            throw new UnsupportedLayerException("layer " + index + " of the " + config.family() + " model has "
                    + String.join(" and ", parts) + ", which no DL4J layer here has; import the whole model, with"
                    + " TeacherImport.importCausalLm or importSameDiff");
        }
        return layer;
    }

    private List<String> unsupported() {
        var parts = new ArrayList<String>();
        if (config.traits().biases() != Biases.NONE) {
            parts.add("biases on its projections");
        }
        if (config.traits().queryKeyNorm() != QueryKeyNorm.NONE) {
            parts.add("norms of queries and keys");
        }
        return parts;
    }

    /** The DL4J layer that computes the same. */
    WindowedLayer configuration() {
        var hybrid = config.hybrid();
        WindowedLayer.Builder<?> builder = hybrid.isPresent()
                ? new HybridAttentionLayer.Builder().chunkSize(hybrid.get().chunkSize())
                : new SlidingWindowAttentionLayer.Builder();
        return builder.nIn(config.hiddenSize()).nOut(config.hiddenSize()).nHeads(config.heads())
                .nKeyValueHeads(config.keyValueHeads()).headSize(config.headDim()).ropeTheta(config.rope(index).theta())
                .ropeScaling(config.rope(index).scaling()).window(window()).sinks(hybrid.isPresent() ? hybrid.get().sinks() : 0).build();
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

    /** The model's parameter for each of a DL4J layer's, by name; both have weights of products as [out, in]. */
    Map<String, String> parameterNames(WindowedLayer layer) {
        var names = ParameterNames.layer(index);
        var map = new LinkedHashMap<String, String>();
        map.put(MultiHeadLayer.QUERY, names.query());
        map.put(MultiHeadLayer.KEY, names.key());
        map.put(MultiHeadLayer.VALUE, names.value());
        if (layer.isOutputProjection()) {
            map.put(MultiHeadLayer.OUTPUT, names.output());
        }
        if (config.isStudent()) {
            map.put(HybridAttentionLayer.QUERY_FEATURES, names.queryFeatures());
            map.put(HybridAttentionLayer.KEY_FEATURES, names.keyFeatures());
            map.put(HybridAttentionLayer.INPUT_GATE, names.inputGateWeight());
            map.put(HybridAttentionLayer.INPUT_GATE_BIAS, names.inputGateBias());
            map.put(HybridAttentionLayer.FORGET_GATE, names.forgetGateWeight());
            map.put(HybridAttentionLayer.FORGET_GATE_BIAS, names.forgetGateBias());
            map.put(HybridAttentionLayer.OUTPUT_GATE, names.outputGateWeight());
            map.put(HybridAttentionLayer.OUTPUT_GATE_BIAS, names.outputGateBias());
        }
        return map;
    }
}
