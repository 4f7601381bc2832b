package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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
        try (var saved = new ZipInputStream(getClass().getResourceAsStream("/nets/saved-before-state.zip"))) {
            var entries = new HashMap<String, byte[]>();
            for (var entry = saved.getNextEntry(); entry != null; entry = saved.getNextEntry()) {
                entries.put(entry.getName(), saved.readAllBytes());
            }
            // Piece by piece: 1.0.0-M1.1 would refuse parameters of rank 1, as 1.0.0-M2.1 saves them.
            var net = new MultiLayerNetwork(MultiLayerConfiguration.fromJson(
                    new String(entries.get("configuration.json"), StandardCharsets.UTF_8)));
            net.init(row(entries.get("coefficients.bin")), true);
            net.getUpdater().setStateViewArray(net, row(entries.get("updaterState.bin")), false);
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

    private static INDArray row(byte[] saved) throws IOException {
        INDArray array = Nd4j.read(new ByteArrayInputStream(saved));
        return array.reshape(1, array.length());
    }
}
