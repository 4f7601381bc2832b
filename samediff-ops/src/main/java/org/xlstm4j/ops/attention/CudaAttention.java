package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** Causal softmax attention of all heads on a GPU, tile by tile: no scores leave a block. */
public final class CudaAttention {
    private final AttentionSpec spec;
    private final Inputs in;
    private final Precision precision;
    private final Gpu gpu;
    private final CudaAttentionTiles tiles;
    private final int batch;
    private final int window;
    private final int sinks;

    /**
     * What the attention reads.
     *
     * @param query          [batch · time, heads · headDim]
     * @param key            [batch · time, keyValueHeads · headDim]
     * @param value          [batch · time, keyValueHeads · valueDim]
     * @param documentStarts the index at which each token's document begins, [batch, time], INT; null where rows are
     *                       one document each
     */
    public record Inputs(DeviceArray query, DeviceArray key, DeviceArray value, DeviceArray documentStarts) {
    }

    /**
     * What the forward pass writes.
     *
     * @param output    [batch · time, heads · valueDim]
     * @param logSumExp the logarithm of every softmax's denominator, [batch, heads, time], FLOAT
     */
    public record Outputs(DeviceArray output, DeviceArray logSumExp) {
    }

    /** Where the gradients go, of the inputs' shapes. */
    public record Gradients(DeviceArray query, DeviceArray key, DeviceArray value) {
    }

    public CudaAttention(AttentionSpec spec, Inputs in, Precision precision, Gpu gpu) {
        this.spec = spec;
        this.in = in;
        this.precision = precision;
        this.gpu = gpu;
        tiles = new CudaAttentionTiles(spec, in.query().type(), gpu.device(), gpu.device().hasWarpgroups());
        batch = in.query().size(0) / spec.time();
        window = spec.window().map(given -> Math.min(given.size(), spec.time())).orElse(spec.time());
        sinks = spec.window().map(given -> Math.min(given.sinks(), spec.time())).orElse(0);
    }

    /** The output. */
    public void forward(Outputs out) {
        var cut = tiles.forward();
        gpu.launch("attention/forward.cu", defines(cut), "attentionForward",
                grid(spec.heads(), cut.queries(), cut), in.query(), in.key(), in.value(), in.documentStarts(),
                out.output(), out.logSumExp(), spec.heads(), spec.keyValueHeads(), spec.time(), window, sinks,
                (float) spec.scale());
    }

    /** The gradients, from the output's. */
    public void backward(Outputs of, DeviceArray dOutput, Gradients out) {
        var delta = gpu.scratch(DataType.FLOAT, batch, spec.heads(), spec.time());
        var cut = tiles.queryGradient();
        gpu.launch("attention/querygradient.cu", defines(cut), "attentionQueryGradient",
                grid(spec.heads(), cut.queries(), cut), in.query(), in.key(), in.value(), in.documentStarts(),
                of.output(), of.logSumExp(), dOutput, delta, out.query(), spec.heads(), spec.keyValueHeads(),
                spec.time(), window, sinks, (float) spec.scale());
        var keyCut = tiles.keyGradient();
        var kernels = keyCut.split() ? List.of("attentionKeyGradient", "attentionValueGradient")
                : List.of("attentionKeyValueGradient");
        for (var kernel : kernels) {
            gpu.launch("attention/keygradient.cu", defines(keyCut).with("SPLIT", keyCut.split() ? 1 : 0), kernel,
                    grid(spec.keyValueHeads(), keyCut.keys(), keyCut), in.query(), in.key(), in.value(),
                    in.documentStarts(), dOutput, of.logSumExp(), delta, out.key(), out.value(), spec.heads(),
                    spec.keyValueHeads(), spec.time(), window, sinks, (float) spec.scale());
        }
    }

    /** A block for so many tokens of a head: a warp has 16. */
    private Grid grid(int heads, int tokens, CudaAttentionTiles.Cut cut) {
        return Grid.of(Grid.blocks(spec.time(), tokens) * heads * batch, 2 * tokens).withShared(cut.sharedBytes());
    }

    private Defines defines(CudaAttentionTiles.Cut cut) {
        var type = in.query().type();
        boolean tf32 = type == DataType.FLOAT && precision != Precision.FLOAT32;
        return Defines.none().with("Element", type).with("TF32", tf32 ? 1 : 0).with("KEY_DIM", spec.headDim())
                .with("VALUE_DIM", spec.valueDim()).with("QUERIES", cut.queries()).with("KEYS", cut.keys())
                .with("WARPGROUPS", cut.warpgroups() ? 1 : 0);
    }
}
