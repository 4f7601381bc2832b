package org.xlstm4j.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** tanh(W x + 0.5) at every step: a user's own layer, which leaves a variable behind that nothing reads. */
public class StepwiseTanh extends ExactSameDiffLayer {
    private long width;

    public StepwiseTanh(long width) {
        super(new Settings());
        this.width = width;
    }

    public StepwiseTanh() {}

    public long getWidth() {
        return width;
    }

    public void setWidth(long width) {
        this.width = width;
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.addWeightParam("W", width, width);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        initWeights((int) width, (int) width, weightInit, params.get("W"));
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        return inputType;
    }

    @Override
    public SDVariable defineLayer(SameDiff sd, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        input.mul("unread", 2.0);
        return tanh(sd, input, parameters.get("W"), mask);
    }

    /** The graph, to be had for a stock layer, too. */
    static SDVariable tanh(SameDiff sd, SDVariable input, SDVariable weight, SDVariable mask) {
        long width = input.getShape()[1];
        long time = input.getShape()[2];
        var rows = input.permute(0, 2, 1).reshape(-1, width);
        var out = sd.math.tanh(rows.mmul(weight).add(0.5)).reshape(-1, time, width).permute(0, 2, 1);
        return out.mul(mask.reshape(-1, 1, time));
    }

    @SuppressWarnings("unchecked")
    private static final class Settings extends Builder<Settings> {
        @Override
        public StepwiseTanh build() {
            throw new UnsupportedOperationException("use the constructor");
        }
    }
}
