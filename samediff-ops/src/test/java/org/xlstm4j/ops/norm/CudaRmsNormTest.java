package org.xlstm4j.ops.norm;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;
import org.xlstm4j.ops.testing.RandomArrays;

@OnGpu
class CudaRmsNormTest extends RmsNormContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "100, 9", "4100, 32", "5, 300", "7, 1000", "3, 1028", "2, 2050"})
    void isSound(int rows, int width) {
        var random = new RandomArrays(3);
        FusedOps.assertSound(graph(random.normal(rows, width), random.normal(width), 1e-6, random.normal(rows, width)),
                List.of("x", "weight"));
    }

    @Test
    void headsAndResidualsAreSound() {
        var random = new RandomArrays(4);
        FusedOps.assertSound(perHead(random.normal(70, 3 * 300), random.normal(300), 3, random.normal(70, 3 * 300)),
                List.of("x", "weight"));
        FusedOps.assertSound(added(random.normal(70, 300), random.normal(70, 300), random.normal(300),
                random.normal(70, 300)), List.of("residual", "x", "weight"));
    }

    @ParameterizedTest
    @CsvSource({"3, 300", "9, 1000", "2, 2050", "4100, 5"})
    void rowsMayBeSharedByWarps(int rows, int width) {
        var random = new RandomArrays(5);
        var x = random.normal(rows, width);
        var weight = random.normal(width);
        var upstream = random.normal(rows, width);
        assertClose(graph(x, weight, EPS, upstream).run(List.of("x", "weight")), gradients(x, weight, upstream),
                tolerance(), rows + " rows of " + width);
    }

    /** The output, dx = s (w ⊙ dy − n mean(n ⊙ w ⊙ dy)) with n = s x, and dw = Σ n ⊙ dy. */
    private static Map<String, INDArray> gradients(INDArray x, INDArray weight, INDArray dy) {
        var scale = Transforms.pow(x.mul(x).mean(true, 1).add(EPS), -0.5);
        var normed = x.mulColumnVector(scale);
        var upstream = dy.mulRowVector(weight);
        var along = normed.mul(upstream).mean(true, 1);
        return Map.of("output", normed.mulRowVector(weight),
                "dx", upstream.sub(normed.mulColumnVector(along)).mulColumnVector(scale),
                "dweight", normed.mul(dy).sum(0));
    }
}
