package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Both ways of computing a piece, against attention of the whole sequence. */
class ContinuedAttentionTest {
    private static final int STEPS = 13;
    private static final int BATCH = 2;
    private static final AttentionSpec SPEC = AttentionSpec.window(4, 2, STEPS, 3, 4, 2);

    private static INDArray random(int width, long seed) {
        return Nd4j.getRandomFactory().getNewRandomInstance(seed).nextGaussian(new int[] {BATCH, STEPS, width})
                .castTo(DataType.DOUBLE);
    }

    /** The second example starts at step 3 and ends before the last one. */
    private static INDArray present() {
        INDArray present = Nd4j.ones(DataType.DOUBLE, BATCH, STEPS);
        for (int step : new int[] {0, 1, 2, STEPS - 1}) {
            present.putScalar(1, step, 0);
        }
        return present;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 7, 12})
    void pieceIsTheEndOfTheWhole(int time) {
        var sd = SameDiff.create();
        var query = sd.var("query", random(12, 1));
        var key = sd.var("key", random(6, 2));
        var value = sd.var("value", random(6, 3));
        var present = sd.constant(present());
        int before = STEPS - time;
        var piece = new ContinuedAttention(SPEC.withTime(time),
                sd.slice(query, new int[] {0, before, 0}, BATCH, time, 12).reshape(-1, 12), key, value, present,
                before);
        var whole = Attention.causal(SPEC, query.reshape(-1, 12), key.reshape(-1, 6), value.reshape(-1, 6), present);
        var end = sd.slice(whole.reshape(-1, STEPS, 12), new int[] {0, before, 0}, BATCH, time, 12).reshape(-1, 12);
        var mask = sd.slice(present, new int[] {0, before}, BATCH, time).reshape(-1, 1);
        var expected = gradients(sd, end.mul(mask));
        for (SDVariable form : List.of(piece.direct(), piece.padded())) {
            var actual = gradients(sd, form.mul(mask));
            expected.forEach((name, gradient) ->
                    assertThat(actual.get(name).distance2(gradient)).as(name).isCloseTo(0, within(1e-10)));
        }
    }

    /** The output and the gradients of Σ y³ by query, key and value. */
    private static Map<String, INDArray> gradients(SameDiff sd, SDVariable output) {
        sd.setLossVariables(output.mul(output).mul(output).sum());
        sd.createGradFunction();
        var gradients = new HashMap<>(sd.calculateGradients(Map.of(), "query", "key", "value"));
        gradients.put("output", output.eval().dup());
        return gradients;
    }
}
