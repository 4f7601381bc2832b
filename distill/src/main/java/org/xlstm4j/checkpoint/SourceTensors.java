package org.xlstm4j.checkpoint;

import java.io.IOException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

/**
 * The tensors of a checkpoint, to be written again with a model's values.
 *
 * @param weights the tensors, open until they are written
 * @param config  whose parameters they are
 */
record SourceTensors(Weights weights, ModelConfig config) {

    /** What writes {@code model} with the names and types of these tensors. */
    SafetensorsWriter writer(CausalLm model) throws IOException {
        var mismatched = ImportReport.of(weights, config, ImportOptions.STRICT).mismatched();
        if (!mismatched.isEmpty()) {
            throw new CheckpointException("the source of what is to be written does not fit its own config.json: "
                    + String.join(", ", mismatched));
        }
        var writer = Checkpoint.newWriter();
        for (var name : weights.names()) {
            add(name, model, writer);
        }
        model.parameters().forEach((name, array) -> {
            if (!weights.names().contains(name)) {
                writer.add(name, DType.F32, array);
            }
        });
        return writer;
    }

    private void add(String name, CausalLm model, SafetensorsWriter writer) throws IOException {
        boolean tied = model.config().tiedHead() && name.equals(ParameterNames.HEAD);
        var array = model.parameters().get(tied ? ParameterNames.EMBEDDING : name);
        if (array != null) {
            addParameter(name, array, writer);
        } else if (!config.parameterShapes().containsKey(name)) {
            weights.copy(name, writer);
        }
    }

    private void addParameter(String name, INDArray array, SafetensorsWriter writer) throws IOException {
        var dtype = weights.info(name).dtype();
        boolean narrow = dtype == DType.F8_E4M3 || dtype == DType.F8_E5M2;
        // float32 holds every value of the other types, so that what was read from them comes out as it was.
        if ((narrow || dtype == DType.F64) && weights.readFloat32(name).eq(array).all()) {
            weights.copy(name, writer);
        } else if (narrow) {
            throw new CheckpointException("tensor '" + name + "' is " + dtype + " in the source, to which changed values"
                    + " are not converted; write the model as BF16 instead");
        } else {
            writer.add(name, dtype, array);
        }
    }
}
