package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.Layer;

class SlidingWindowAttentionLayerStateTest extends CarriedStateContract {
    @Override
    Layer layer() {
        return new SlidingWindowAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(3).sinks(2).ropeTheta(10)
                .nKeyValueHeads(1).build();
    }
}
