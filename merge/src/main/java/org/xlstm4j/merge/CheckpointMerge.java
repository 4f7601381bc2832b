package org.xlstm4j.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Weights;
import org.xlstm4j.safetensors.DType;

/** Merges checkpoint folders a tensor at a time, so that no more than one tensor of each expert is in memory. */
final class CheckpointMerge {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointMerge.class);
    private static final String TOKENIZER = "tokenizer.json";
    /** The types that merged parameters may be stored as. */
    private static final Set<DType> STORED = EnumSet.of(DType.F32, DType.BF16, DType.F16);

    private CheckpointMerge() {
    }

    static Checkpoint merge(List<Path> folders, Path target, MergeMethod method) throws IOException {
        method.requireExperts(folders.size());
        var experts = new ArrayList<Checkpoint>();
        for (var folder : folders) {
            experts.add(Checkpoint.open(folder));
        }
        requireMergeable(experts);
        var weights = new ArrayList<Weights>();
        try {
            for (var expert : experts) {
                weights.add(expert.weights());
            }
            var first = experts.get(0);
            var dtype = commonType(first, weights);
            LOG.info("merging {} experts into {} as {}: {}", experts.size(), target, dtype, method);
            return Checkpoint.write(target, first.config(), name -> merge(name, weights, method), first, dtype);
        } finally {
            for (var opened : weights) {
                opened.close();
            }
        }
    }

    private static void requireMergeable(List<Checkpoint> experts) throws IOException {
        var differences = new ArrayList<String>();
        var first = experts.get(0);
        for (var expert : experts) {
            differences.addAll(Differences.between(first.folder().toString(), Differences.settings(first.config()),
                    expert.folder().toString(), Differences.settings(expert.config())));
            if (!sameTokenizer(first.folder().resolve(TOKENIZER), expert.folder().resolve(TOKENIZER))) {
                differences.add(TOKENIZER + " differs between " + first.folder() + " and " + expert.folder());
            }
            var report = expert.report();
            if (!report.isExact()) {
                differences.add(expert.folder() + " does not fit its config.json: " + report.problems());
            }
        }
        Differences.requireNone(differences);
    }

    private static boolean sameTokenizer(Path first, Path second) throws IOException {
        return Files.exists(first) && Files.exists(second)
                ? Files.mismatch(first, second) < 0
                : Files.exists(first) == Files.exists(second);
    }

    /** The type in which all parameters of all experts are stored; float32 where it is not one or none of ours. */
    private static DType commonType(Checkpoint first, List<Weights> experts) {
        var types = EnumSet.noneOf(DType.class);
        for (var weights : experts) {
            first.config().parameterShapes().keySet().forEach(name -> types.add(weights.info(name).dtype()));
        }
        return types.size() == 1 && STORED.containsAll(types) ? types.iterator().next() : DType.F32;
    }

    private static INDArray merge(String name, List<Weights> experts, MergeMethod method) throws IOException {
        var tensors = new ArrayList<INDArray>();
        try {
            for (var weights : experts) {
                tensors.add(weights.readFloat32(name));
            }
            return method.merge(name, tensors);
        } finally {
            // ND4J M1.1 refuses to close reshaped arrays; those wait for the garbage collector.
            tensors.stream().filter(INDArray::closeable).forEach(INDArray::close);
        }
    }
}
