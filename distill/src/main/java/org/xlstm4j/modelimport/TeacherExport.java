package org.xlstm4j.modelimport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

/**
 * Exports what {@link TeacherImport} imported, and training changed, to Hugging Face folders.
 *
 * <p>A folder is written after its source: with the same tensors, of the same names, shapes and types, the same
 * config.json, generation settings and tokenizer. What was not changed comes out bit for bit; changed values are
 * rounded to their tensor's type. The parameters that a student adds are stored as F32.
 */
public final class TeacherExport {
    private TeacherExport() {
    }

    /**
     * Writes a model.
     *
     * @param source the folder that it, or its teacher, was imported from
     * @param target folder to create; it appears under its name only when it is whole
     * @return the checkpoint written
     * @throws org.xlstm4j.checkpoint.CheckpointException if {@code target} exists and is not empty, or {@code source}
     *                                                    has another architecture
     */
    public static Checkpoint exportCausalLm(CausalLm model, Path source, Path target) throws IOException {
        return Checkpoint.write(target, model, Checkpoint.open(source));
    }

    /**
     * Writes the parameters of a SameDiff graph, found by their names: one of {@link TeacherImport#importSameDiff}, or
     * such a one saved and loaded again.
     *
     * @param source the folder that the graph was imported from
     * @param target as for {@link #exportCausalLm}
     * @throws IllegalArgumentException naming every parameter that is missing, or not of a model as in {@code source}
     */
    public static Checkpoint exportSameDiff(SameDiff graph, Path source, Path target) throws IOException {
        var checkpoint = Checkpoint.open(source);
        // A student's names, so that its graph is not taken for its teacher's.
        var names = checkpoint.config().withHybrid(HybridConfig.of(1, 0)).parameterShapes().keySet();
        var parameters = new LinkedHashMap<String, INDArray>();
        names.stream().filter(graph::hasVariable)
                .forEach(name -> parameters.put(name, graph.getVariable(name).getArr()));
        return Checkpoint.write(target, new CausalLm(checkpoint.config(), parameters), checkpoint);
    }

    /**
     * Copies a layer of a network back into the layer of a model that {@link TeacherImport#importLayer} filled it from;
     * {@link #exportCausalLm} then writes the model.
     *
     * @param network the network
     * @param number  of its layer, from 0
     * @param model   the model, whose arrays change
     * @param layer   index of its layer, from 0
     * @throws InvalidLayerException as {@link TeacherImport#importLayer}
     */
    public static void exportLayer(MultiLayerNetwork network, int number, CausalLm model, int layer)
            throws InvalidLayerException {
        exportLayer(NetLayer.of(network, number), model, layer);
    }

    /** The same for the layer of a graph that is named {@code vertex}. */
    public static void exportLayer(ComputationGraph graph, String vertex, CausalLm model, int layer)
            throws InvalidLayerException {
        exportLayer(NetLayer.of(graph, vertex), model, layer);
    }

    private static void exportLayer(NetLayer source, CausalLm model, int layer) throws InvalidLayerException {
        var target = ModelLayer.of(model.config(), layer);
        target.requireFits(source);
        var names = target.parameterNames();
        source.parameters().forEach((own, array) -> model.parameters().get(names.get(own)).assign(array));
    }
}
