package org.xlstm4j.merge;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.checkpoint.Checkpoint;

/** Merges experts of one architecture into one model. */
public final class Merge {
    private Merge() {
    }

    /**
     * Merges parameters in memory.
     *
     * @param experts the experts' parameters by name, at least one; left as they are
     * @param method  how a tensor comes out of the experts' tensors
     * @return new arrays under the same names, in the order of the first expert
     * @throws IllegalArgumentException if names or shapes differ, naming every difference, or the method cannot merge
     *                                  so many experts
     */
    @SuppressWarnings("try") // The scope is there to be closed.
    public static Map<String, INDArray> parameters(List<Map<String, INDArray>> experts, MergeMethod method) {
        method.requireExperts(experts.size());
        requireSameParameters(experts);
        var merged = new LinkedHashMap<String, INDArray>();
        try (var outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            for (String name : experts.get(0).keySet()) {
                merged.put(name, method.merge(name, experts.stream().map(expert -> expert.get(name)).toList()));
            }
        }
        return Collections.unmodifiableMap(merged);
    }

    /**
     * Merges checkpoints on disk, a tensor at a time; config.json and tokenizer are those of the first expert.
     *
     * <p>Tensors are merged as float32 and stored in the type that all experts are stored in, or as float32 where they
     * are not of one type.
     *
     * @param experts the experts' folders, at least one
     * @param target  the folder to create; it appears under its name only when it is whole
     * @param method  how a tensor comes out of the experts' tensors
     * @return the merged checkpoint
     * @throws IllegalArgumentException if settings, tokenizers or tensors do not agree, naming every difference, before
     *                                  the first byte is written; or the method cannot merge so many experts
     * @throws IOException              if an expert cannot be read, or the target written or is not empty
     */
    public static Checkpoint checkpoints(List<Path> experts, Path target, MergeMethod method) throws IOException {
        return CheckpointMerge.merge(experts, target, method);
    }

    private static void requireSameParameters(List<Map<String, INDArray>> experts) {
        var shapes = experts.stream().map(Merge::shapes).toList();
        var differences = new ArrayList<String>();
        for (int i = 1; i < shapes.size(); i++) {
            differences.addAll(Differences.between("expert 0", shapes.get(0), "expert " + i, shapes.get(i)));
        }
        Differences.requireNone(differences);
    }

    private static Map<String, List<Long>> shapes(Map<String, INDArray> parameters) {
        var shapes = new LinkedHashMap<String, List<Long>>();
        parameters.forEach((name, array) -> shapes.put(name, Arrays.stream(array.shape()).boxed().toList()));
        return shapes;
    }
}
