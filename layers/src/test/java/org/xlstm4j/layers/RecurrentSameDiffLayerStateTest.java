package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.Layer;

class RecurrentSameDiffLayerStateTest extends CarriedStateContract {
    @Override
    Layer layer() {
        return new LeakySum.Builder().nOut(WIDTH).build();
    }
}
