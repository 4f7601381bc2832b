package org.xlstm4j.modelimport;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.layers.WindowedLayer;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;

/**
 * Imports teachers, and students, from Hugging Face folders: as models, as SameDiff graphs, and into layers of DL4J
 * nets.
 *
 * <p>Every method that reads a folder throws {@link org.xlstm4j.checkpoint.UnsupportedModelException} if its family or
 * one of its settings is not supported, and {@link org.xlstm4j.checkpoint.CheckpointException} if it is broken or its
 * tensors are not exactly the model's. {@link TeacherExport} leads back.
 */
public final class TeacherImport {
    private TeacherImport() {
    }

    /** The model in {@code folder}, all parameters as float32. */
    public static CausalLm importCausalLm(Path folder) throws IOException {
        return importCausalLm(folder, ImportOptions.STRICT);
    }

    /** The same, from a folder whose tensors may differ from the model's parameters as {@code options} say. */
    public static CausalLm importCausalLm(Path folder, ImportOptions options) throws IOException {
        return Checkpoint.open(folder).load(options);
    }

    /**
     * The model in {@code folder} as a SameDiff graph over {@code time} tokens. All parameters are variables, under the
     * checkpoint's names; {@link LmGraph#of} makes graphs with constants, or several of one model.
     */
    public static LmGraph importSameDiff(Path folder, int time) throws IOException {
        return LmGraph.of(importCausalLm(folder), time, name -> true);
    }

    /**
     * The student of the teacher in {@code folder}: all of its parameters, and those of a mixer as {@link StudentStart}
     * sets them.
     *
     * @throws IllegalArgumentException if there is a student in {@code folder} already
     */
    public static CausalLm importStudent(Path folder, HybridConfig hybrid) throws IOException {
        return StudentStart.from(importCausalLm(folder), hybrid);
    }

    /**
     * The DL4J layer that mixes tokens as a layer of a model does, from its projections of queries, keys and values to
     * the output projection: a {@link org.xlstm4j.layers.SlidingWindowAttentionLayer} for a teacher, with a window of
     * {@link ModelConfig#maxPositions} tokens where the layer sees everything, and a
     * {@link org.xlstm4j.layers.HybridAttentionLayer} for a student. It reads what those projections do in the model
     * ({@link LmGraph#normed}), as [minibatch, hiddenSize, time].
     *
     * @param config the model's architecture
     * @param layer  index of its layer, from 0
     * @throws InvalidLayerException if the model has no such layer
     */
    public static WindowedLayer importLayerConfiguration(ModelConfig config, int layer) throws InvalidLayerException {
        return ModelLayer.of(config, layer).configuration();
    }

    /**
     * Copies a layer of a model into a layer of a network, which then computes the same.
     *
     * @param model   the model
     * @param layer   index of its layer, from 0
     * @param network a network of FLOAT or DOUBLE, after its {@code init()}
     * @param number  of the network's layer, from 0; set up as {@link #importLayerConfiguration} says, but that
     *                chunkSize may be another, a window of everything longer, and the output projection left out
     * @throws InvalidLayerException naming every setting that does not fit, if a layer is not there or another one
     */
    public static void importLayer(CausalLm model, int layer, MultiLayerNetwork network, int number)
            throws InvalidLayerException {
        importLayer(model, layer, NetLayer.of(network, number));
    }

    /** The same for the layer of a graph that is named {@code vertex}. */
    public static void importLayer(CausalLm model, int layer, ComputationGraph graph, String vertex)
            throws InvalidLayerException {
        importLayer(model, layer, NetLayer.of(graph, vertex));
    }

    private static void importLayer(CausalLm model, int layer, NetLayer target) throws InvalidLayerException {
        var source = ModelLayer.of(model.config(), layer);
        source.requireFits(target);
        var names = source.parameterNames();
        target.parameters().forEach((own, array) -> array.assign(model.parameters().get(names.get(own))));
    }
}
