package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** Layers of fused ops in several threads, each with a copy of the net. */
class ParallelWrapperTest {
    @Test
    void netTrainsInTwoThreads() throws Exception {
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.03), 4,
                new MLSTMLayer.Builder().nOut(4).nHeads(2).build(),
                new HybridAttentionLayer.Builder().nOut(4).nHeads(2).window(3).sinks(1).build());
        var data = new DataSet(Nets.input(DataType.FLOAT, 2, 4, 8, 7), Nets.labels(DataType.FLOAT, 2, 8));
        double before = net.score(data);
        try (var wrapper = new ParallelWrapper.Builder<>(net).workers(2).averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).build()) {
            wrapper.fit(new ExistingDataSetIterator(Collections.nCopies(80, data)));
        }
        assertThat(net.score(data)).isLessThan(0.6 * before);
    }
}
