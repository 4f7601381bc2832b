package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;

class ComposedAttentionTest extends AttentionContract {
    @Override
    protected SDVariable build(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                               SDVariable segments) {
        return ComposedAttention.causal(spec, query, key, value, segments);
    }
}
