package org.xlstm4j.cli;

import java.util.List;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;

/** How much of each head's output comes from its mLSTM, the rest from its window. */
final class GateMixture {

    private GateMixture() {
    }

    /** The mean output gate over the batches' tokens, [layer][head]. */
    static double[][] of(CausalLm student, List<PackedBatch> batches) {
        int layers = student.config().layers();
        int heads = student.config().heads();
        int time = batches.get(0).time();
        var graph = LmGraph.of(student, time, name -> false);
        var sums = new double[layers][heads];
        long tokens = 0;
        for (var packed : batches) {
            var batch = packed.tokenBatch();
            var values = graph.output(batch, graph.gates());
            tokens += batch.countTokens();
            for (int layer = 0; layer < layers; layer++) {
                var gates = values.get(graph.gates().get(layer).name()).dup('c').data().asFloat();
                for (int i = 0; i < gates.length; i++) {
                    int row = i / (heads * time);
                    int head = i / time % heads;
                    sums[layer][head] += batch.segments()[row * time + i % time] > 0 ? gates[i] : 0;
                }
            }
        }
        for (var layer : sums) {
            for (int head = 0; head < heads; head++) {
                layer[head] /= tokens;
            }
        }
        return sums;
    }
}
