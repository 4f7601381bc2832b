package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Nets saved when the layers were DL4J SameDiffLayers, which carried no state. */
class SavedNetsTest {
    /** An MLSTMLayer, a HybridAttentionLayer and an output layer after one step of Adam; outputs as they were then. */
    @Test
    void netSavedAsSameDiffLayersGoesOn() throws IOException {
        try (var saved = getClass().getResourceAsStream("/nets/saved-before-state.zip")) {
            var net = ModelSerializer.restoreMultiLayerNetwork(saved, true);
            INDArray input = Nd4j.linspace(-1, 1, 40, DataType.FLOAT).reshape(2, 4, 5);
            INDArray labels = Nd4j.zeros(2, 3, 5);
            for (int step = 0; step < 5; step++) {
                labels.putScalar(0, step % 3, step, 1);
                labels.putScalar(1, (1 + step) % 3, step, 1);
            }
            assertThat(net.output(input).getDouble(1, 2, 4)).isCloseTo(0.3230134844779968, offset(1e-6));
            net.fit(new DataSet(input, labels));
            assertThat(net.output(input).getDouble(1, 2, 4)).isCloseTo(0.30613991618156433, offset(1e-5));
        }
    }
}
