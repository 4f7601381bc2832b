package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;

class ComposedAttentionStepTest extends AttentionStepContract {
    @Override
    protected SDVariable build(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values,
                               SDVariable visible) {
        return ComposedAttention.step(spec, query, keys, values, visible);
    }
}
