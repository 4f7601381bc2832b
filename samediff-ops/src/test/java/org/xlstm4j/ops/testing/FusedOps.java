package org.xlstm4j.ops.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.graph.JavaOp;

/** What holds for fused ops whatever they compute. */
public final class FusedOps {
    private static final int RUNS = 10;

    private FusedOps() {
    }

    /**
     * Asserts that the graph has fused ops, forward and backward, that each writes every element of its outputs, that
     * the graph computes the same after it was saved and loaded, and that ten runs give the same bits, with one thread
     * and with two. Forward only where nothing is differentiated.
     */
    public static void assertSound(GraphUnderTest graph, List<String> differentiated) {
        var expected = run(graph, differentiated);
        assertFullyWritten(graph.sd(), graph.feeds());
        if (!differentiated.isEmpty()) {
            assertFullyWritten(graph.sd().getFunction("grad"), graph.feeds());
        }
        assertSurvivesAFile(graph.sd(), graph.feeds());
        int threads = Workers.threads();
        try {
            for (int run = 0; run < RUNS; run++) {
                Workers.use(1 + run % 2);
                run(graph, differentiated).forEach((name, value) ->
                        assertThat(floats(value)).as("%s in another run", name).isEqualTo(floats(expected.get(name))));
            }
        } finally {
            Workers.use(threads);
        }
    }

    private static void assertSurvivesAFile(SameDiff graph, Map<String, INDArray> feeds) {
        var ops = graph.getOps().values().stream().filter(op -> op.getOp() instanceof JavaOp).toList();
        var expected = values(graph, ops, feeds);
        try {
            var file = Files.createTempFile("graph", ".fb");
            try {
                graph.save(file.toFile(), false);
                values(SameDiff.load(file.toFile(), false), ops, feeds).forEach((name, value) ->
                        assertThat(floats(value)).as("%s after loading", name).isEqualTo(floats(expected.get(name))));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] floats(INDArray array) {
        return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
    }

    private static Map<String, INDArray> run(GraphUnderTest graph, List<String> differentiated) {
        return differentiated.isEmpty() ? graph.outputs() : graph.run(differentiated);
    }

    private static void assertFullyWritten(SameDiff graph, Map<String, INDArray> feeds) {
        var ops = graph.getOps().values().stream().filter(op -> op.getOp() instanceof JavaOp).toList();
        assertThat(ops).as("fused ops").isNotEmpty();
        var values = values(graph, ops, feeds);
        for (var op : ops) {
            var poisoned = new ArrayList<INDArray>();
            try (var context = Nd4j.getExecutioner().buildContext()) {
                for (int i = 0; i < op.getInputsToOp().size(); i++) {
                    context.setInputArray(i, values.get(op.getInputsToOp().get(i)));
                }
                for (int i = 0; i < op.getOutputsOfOp().size(); i++) {
                    var value = values.get(op.getOutputsOfOp().get(i));
                    poisoned.add(Nd4j.valueArrayOf(value.shape(), Float.NaN, value.dataType()));
                    context.setOutputArray(i, poisoned.get(i));
                }
                Nd4j.exec((JavaOp) op.getOp(), context);
            } catch (Exception e) {
                throw new IllegalStateException(op.getName(), e);
            }
            for (int i = 0; i < poisoned.size(); i++) {
                assertThat(floats(poisoned.get(i))).as("output %d of %s, poisoned before", i, op.getName())
                        .isEqualTo(floats(values.get(op.getOutputsOfOp().get(i))));
            }
        }
    }

    private static Map<String, INDArray> values(SameDiff graph, List<SameDiffOp> ops, Map<String, INDArray> feeds) {
        var names = new LinkedHashSet<String>();
        ops.forEach(op -> {
            names.addAll(op.getInputsToOp());
            names.addAll(op.getOutputsOfOp());
        });
        var values = new LinkedHashMap<>(feeds);
        names.removeAll(values.keySet());
        values.putAll(graph.output(feeds, names.toArray(String[]::new)));
        return values;
    }
}
