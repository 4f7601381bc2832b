package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.Layer;

class SLSTMLayerStateTest extends CarriedStateContract {
    @Override
    Layer layer() {
        return new SLSTMLayer.Builder().nOut(WIDTH).nHeads(2).forgetGateBiasInit(1).build();
    }
}
