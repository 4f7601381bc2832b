package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.Layer;

class MLSTMLayerStateTest extends CarriedStateContract {
    @Override
    Layer layer() {
        return new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).headSize(3).chunkSize(2).build();
    }
}
