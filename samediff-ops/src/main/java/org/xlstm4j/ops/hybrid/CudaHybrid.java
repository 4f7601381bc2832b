package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.xlstm4j.ops.attention.CudaAttention;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.mask.CudaDocumentStarts;
import org.xlstm4j.ops.mlstm.CudaMlstm;

/**
 * The fused mixer on a GPU: features and gates into scratch memory, both branches side by side over them, and one pass
 * that mixes. What both directions read is here.
 */
final class CudaHybrid {
    final HybridArguments arguments;
    final Operands<DeviceArray> in;
    final CudaMixer mixer;
    final CudaInputGates inputGates;
    final CudaFeatureMap queryMap;
    final CudaFeatureMap keyMap;
    final CudaOutputGate outputGate;
    final DeviceArray queryFeatures;
    final DeviceArray keyFeatures;
    final CudaMlstm mlstm;
    final CudaAttention attention;

    /** Computes features and gates. */
    CudaHybrid(HybridArguments arguments, List<DeviceArray> arrays, Gpu gpu) {
        this.arguments = arguments;
        in = Operands.of(arrays);
        mixer = CudaMixer.of(arguments, in, gpu);
        inputGates = new CudaInputGates(mixer, in);
        queryMap = CudaFeatureMap.ofQueries(mixer, in);
        keyMap = CudaFeatureMap.ofKeys(mixer, in);
        outputGate = new CudaOutputGate(mixer, in);

        var spec = arguments.spec();
        var starts = arguments.segments() ? CudaDocumentStarts.of(arrays.get(arrays.size() - 1),
                mixer.rows() / spec.time(), spec.time(), gpu) : null;
        var gates = inputGates.forward();
        queryFeatures = queryMap.forward();
        keyFeatures = keyMap.forward();
        mlstm = new CudaMlstm(spec.mlstm(), new CudaMlstm.Inputs(queryFeatures, keyFeatures, in.value(),
                spec.heads() / spec.keyValueHeads(), gates, gates.from(spec.heads()), 2 * spec.heads(), starts, null),
                arguments.precision(), gpu);
        attention = new CudaAttention(spec.attention(),
                new CudaAttention.Inputs(in.query(), in.key(), in.value(), starts), arguments.precision(), gpu);
    }

    /** @param out in the order of {@link HybridOp} */
    void forward(List<DeviceArray> out) {
        int state = HybridOp.KEPT;
        mlstm.forward(out.get(2), out.get(5), arguments.finalState()
                ? new CudaMlstm.State(out.get(state), out.get(state + 1), out.get(state + 2)) : null);
        attention.forward(new CudaAttention.Outputs(out.get(3), out.get(4)));
        outputGate.mix(out.get(2), out.get(3), out.get(0), out.get(1));
    }
}
