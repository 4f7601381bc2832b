package org.xlstm4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.TaskContext;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentListener;
import org.xlstm4j.distill.align.LayerRange;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

/** Stage I of some layers. Their mixers are left in a file. */
record LayersPart(AlignmentJob job, LayerRange layers) implements Part {

    /**
     * What is told of the layers.
     *
     * @param losses of the last step; empty if an earlier attempt did all steps
     */
    record Done(List<Double> losses) {
    }

    /** Where all parts of a job leave what is theirs. */
    static Path folder(AlignmentJob job) {
        return job.out().resolveSibling(job.out().getFileName() + ".layers");
    }

    /** The file of the layers' mixers. */
    Path file() {
        return folder(job).resolve(name() + ".safetensors");
    }

    @Override
    public Done run() throws IOException {
        var teacher = Checkpoint.open(job.teacher()).load(job.imported());
        try (var student = OpenCheckpoint.open(job.student())) {
            var model = student.checkpoint().load();
            var corpus = job.text().open(student.encoding());
            // More threads than Spark gives a task would take them from its neighbours.
            var alignment = new Alignment(teacher, model, corpus.packing().time(), TaskContext.get().cpus(), layers);
            var saving = new CheckpointOptions(folder(job).resolve(name()), job.saveEvery(), 1, true);
            var losses = new AtomicReference<List<Double>>(List.of());
            alignment.train(job.options(), corpus::stream,
                    AlignmentListener.ofSteps(step -> losses.set(step.losses())), saving);
            write(model);
            return new Done(losses.get());
        }
    }

    private void write(CausalLm model) throws IOException {
        var writer = new SafetensorsWriter();
        new TreeMap<String, INDArray>(model.parameters()).forEach((name, array) -> {
            if (isTrained(name)) {
                writer.add(name, DType.F32, array);
            }
        });
        writer.write(file());
    }

    /** Whether the parameter is one that this part trains. */
    boolean isTrained(String parameter) {
        for (int layer = layers.first(); layer < layers.end(); layer++) {
            if (parameter.startsWith(ParameterNames.layer(layer).prefix())) {
                return ParameterNames.isMixer(parameter);
            }
        }
        return false;
    }

    @Override
    public String name() {
        return "layers " + layers;
    }
}
