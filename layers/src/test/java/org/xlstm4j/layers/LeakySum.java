package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/** s_t = s_{t-1} / 2 + W x_t, an unrolled recurrent layer as a user would write it. */
public class LeakySum extends RecurrentSameDiffLayer {
    private LeakySum(Builder builder) {
        super(builder);
    }

    public LeakySum() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        params.addWeightParam("W", getNOut(), getNIn());
    }

    @Override
    public List<StateArray> stateArrays() {
        return List.of(StateArray.zeros("sum", getNOut()));
    }

    @Override
    public SequenceOutput defineLayer(SameDiff sd, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask, Map<String, SDVariable> state) {
        int time = (int) input.getShape()[2];
        var sum = state.get("sum");
        var steps = new SDVariable[time];
        for (int t = 0; t < time; t++) {
            var x = sd.slice(input, new int[] {0, 0, t}, -1, (int) getNIn(), 1).reshape(-1, getNIn());
            var present = sd.slice(mask, new int[] {0, t}, -1, 1);
            var next = sum.mul(0.5).add(x.mmul(parameters.get("W").permute(1, 0)));
            sum = sum.add(next.sub(sum).mul(present));
            steps[t] = sum.mul(present).reshape(-1, getNOut(), 1);
        }
        return new SequenceOutput(sd.concat(2, steps), Map.of("sum", sum));
    }

    /** {@code new LeakySum.Builder().nOut(4).build()}. */
    public static final class Builder extends RecurrentSameDiffLayer.Builder<Builder> {
        @Override
        @SuppressWarnings("unchecked")
        public LeakySum build() {
            return new LeakySum(this);
        }
    }
}
