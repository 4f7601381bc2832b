package org.xlstm4j.cli;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.LinearMerge;
import org.xlstm4j.merge.Merge;
import org.xlstm4j.model.CausalLm;

/** One model in memory that takes on any merge of the experts, so that graphs made from it serve all candidates. */
final class MergedModel {
    private final List<Map<String, INDArray>> experts;
    private final CausalLm model;

    /**
     * @param experts at least one; left as they are
     * @throws IllegalArgumentException if they cannot be merged, naming every difference
     */
    MergedModel(List<CausalLm> experts) {
        this.experts = experts.stream().map(CausalLm::parameters).toList();
        this.model = experts.get(0).copy();
        take(Coefficients.uniform(experts.size()));
    }

    /** The model, whose parameters change with every {@link #take}. */
    CausalLm model() {
        return model;
    }

    /** Becomes the merge with these coefficients. */
    void take(Coefficients coefficients) {
        Merge.parameters(experts, new LinearMerge(coefficients)).forEach((name, merged) -> {
            model.parameters().get(name).assign(merged);
            merged.close();
        });
    }
}
