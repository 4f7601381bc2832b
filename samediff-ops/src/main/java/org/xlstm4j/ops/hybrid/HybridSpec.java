package org.xlstm4j.ops.hybrid;

import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.mlstm.MlstmSpec;

/**
 * What the hybrid mixer needs to know.
 *
 * @param heads         query heads, each with an mLSTM of its own
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param time          length of the time axis
 * @param headDim       width of queries, keys and values
 * @param window        tokens back that the window shows, the query's own included
 * @param sinks         first tokens of a document that stay visible
 * @param chunkSize     chunk size of the mLSTM; changes speed and memory, not the result
 */
public record HybridSpec(int heads, int keyValueHeads, int time, int headDim, int window, int sinks, int chunkSize) {

    public HybridSpec {
        attention(heads, keyValueHeads, time, headDim, window, sinks);
        mlstm(heads, time, headDim, chunkSize);
    }

    /** The same mixer over another length. */
    public HybridSpec withTime(int length) {
        return new HybridSpec(heads, keyValueHeads, length, headDim, window, sinks, chunkSize);
    }

    /** The window branch. */
    public AttentionSpec attention() {
        return attention(heads, keyValueHeads, time, headDim, window, sinks);
    }

    /** The mLSTM branch. */
    public MlstmSpec mlstm() {
        return mlstm(heads, time, headDim, chunkSize);
    }

    private static AttentionSpec attention(int heads, int keyValueHeads, int time, int headDim, int window,
                                           int sinks) {
        return AttentionSpec.window(heads, keyValueHeads, time, headDim, window, sinks);
    }

    private static MlstmSpec mlstm(int heads, int time, int headDim, int chunkSize) {
        return MlstmSpec.normalized(heads, time, headDim, headDim).withChunkSize(chunkSize);
    }
}
