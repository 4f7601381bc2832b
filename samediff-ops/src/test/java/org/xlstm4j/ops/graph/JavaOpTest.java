package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

class JavaOpTest {
    private static final int ROWS = 5;
    private static final double TOLERANCE = 1e-6;

    private final INDArray x = PowerGraph.matrix(1, ROWS);
    private final INDArray w = PowerGraph.matrix(2, ROWS);

    private void assertRight(SameDiff sd, PowerGraph graph) {
        assertClose(PowerGraph.outputs(sd, x), PowerGraph.expectedOutputs(x, w), TOLERANCE, "outputs");
        assertClose(PowerGraph.gradients(sd, x), graph.expectedGradients(x, w), TOLERANCE, "gradients");
    }

    @Test
    void runsOnArraysWithoutAGraph() {
        var outputs = Nd4j.exec(new PowerOp(x, w, PowerGraph.EXPONENT, PowerGraph.FACTOR));
        assertClose(Map.of("power", outputs[0], "product", outputs[1]), PowerGraph.expectedOutputs(x, w), TOLERANCE,
                "arrays");
    }

    @Test
    void writesToTheArraysItIsGiven() {
        var op = new PowerOp(x, w, PowerGraph.EXPONENT, PowerGraph.FACTOR);
        var power = Nd4j.create(ROWS, x.size(1));
        op.addOutputArgument(power, Nd4j.create(ROWS, x.size(1)));
        Nd4j.exec(op);
        assertClose(Map.of("power", power), Map.of("power", PowerGraph.expectedOutputs(x, w).get("power")), TOLERANCE,
                "arrays");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void hasOutputsAndGradientsWhetherAllOutputsAreUsedOrNot(boolean used) {
        var graph = PowerGraph.of(used, w);
        assertRight(graph.sd(), graph);
    }

    @Test
    void gradientFlowsOnThroughStockOps() {
        var sd = SameDiff.create();
        var input = sd.var("x", x);
        var out = PowerGraph.outputs(input.mul(2), sd.var("w", w));
        sd.setLossVariables(sd.math.square(out[1]).sum().name());
        // product = x w, so that d Σ product² = 2 x w² dx.
        assertClose(sd.calculateGradients(Map.of(), "x"), Map.of("x", x.mul(w).muli(w).muli(2)), TOLERANCE, "chain");
    }

    @Test
    void chainOfOpsOfOneKind() {
        var sd = SameDiff.create();
        var input = sd.var("x", x);
        var first = new PowerOp(input, input, 2, 1).outputVariables()[0];
        var second = new PowerOp(first, first, 2, 3).outputVariables()[0];
        sd.setLossVariables(second.sum().name());
        assertClose(sd.calculateGradients(Map.of(), "x"), Map.of("x", x.mul(x).muli(x).muli(12)), TOLERANCE, "3 x⁴");
    }

    private MultiDataSet batch() {
        return new MultiDataSet(new INDArray[] {x}, new INDArray[0]);
    }

    @Test
    void trainsByFit() {
        var sd = PowerGraph.of(true, w.dup()).sd();
        sd.setTrainingConfig(TrainingConfig.builder().updater(new Sgd(0.1)).dataSetFeatureMapping("x")
                .markLabelsUnused().build());
        for (int step = 0; step < 3; step++) {
            sd.fit(batch());
        }
        assertClose(Map.of("w", sd.getVariable("w").getArr()), Map.of("w", w.sub(x.mul(3 * 0.1 * PowerGraph.FACTOR))),
                TOLERANCE, "after three steps");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isCopiedWithItsGraph(boolean withGradients) {
        var graph = PowerGraph.of(true, w);
        if (withGradients) {
            PowerGraph.gradients(graph.sd(), x);
        }
        assertRight(graph.sd().dup(), graph);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isSavedAndLoadedWithItsConfiguration(boolean withGradients, @TempDir Path folder) throws IOException {
        var graph = PowerGraph.of(true, w);
        if (withGradients) {
            PowerGraph.gradients(graph.sd(), x);
        }
        var file = folder.resolve("graph.fb").toFile();
        graph.sd().save(file, false);
        assertRight(SameDiff.load(file, false), graph);
    }

    @Test
    void trainingGoesOnAfterLoading(@TempDir Path folder) throws IOException {
        var sd = PowerGraph.of(true, w.dup()).sd();
        sd.setTrainingConfig(TrainingConfig.builder().updater(new Adam(0.1)).dataSetFeatureMapping("x")
                .markLabelsUnused().build());
        sd.fit(batch());
        var file = folder.resolve("graph.fb").toFile();
        sd.save(file, true);
        var loaded = SameDiff.load(file, true);
        for (var graph : List.of(sd, loaded)) {
            graph.fit(batch());
        }
        assertThat(loaded.getVariable("w").getArr()).isEqualTo(sd.getVariable("w").getArr()).isNotEqualTo(w);
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var sd = SameDiff.create();
        var open = sd.placeHolder("x", DataType.FLOAT, -1, x.size(1));
        PowerGraph.outputs(open, open);
        for (int rows : new int[] {1, 7, 2}) {
            var input = PowerGraph.matrix(rows, rows);
            assertClose(PowerGraph.outputs(sd, input), PowerGraph.expectedOutputs(input, input), TOLERANCE,
                    rows + " rows");
        }
    }

    @Test
    void graphsRunOnSeveralThreadsAtOnce() throws InterruptedException, ExecutionException {
        var pool = Executors.newFixedThreadPool(4);
        try {
            var runs = new ArrayList<Future<?>>();
            for (int thread = 0; thread < 4; thread++) {
                runs.add(pool.submit(() -> {
                    var graph = PowerGraph.of(true, w);
                    for (int run = 0; run < 20; run++) {
                        assertRight(graph.sd(), graph);
                    }
                }));
            }
            for (var run : runs) {
                run.get();
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void isAmongTheExecutionersOperations() {
        var operations = Nd4j.getExecutioner().getCustomOperations();
        assertThat(operations).containsKeys("xlstm4j_test_power", "xlstm4j_rms_norm", "matmul");
        assertThat(operations.values().stream().map(op -> op.getHash()).distinct().count())
                .as("ops with a hash of their own, but for the aliases of libnd4j")
                .isGreaterThan(operations.size() / 2);
        assertThat(operations.get("xlstm4j_test_power").getHash())
                .isNotEqualTo(operations.get("xlstm4j_test_power_gradient").getHash());
    }
}
