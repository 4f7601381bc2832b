package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.Layer;

class HybridAttentionLayerStateTest extends CarriedStateContract {
    @Override
    Layer layer() {
        return new HybridAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(2).sinks(1).chunkSize(2)
                .ropeTheta(10).build();
    }
}
