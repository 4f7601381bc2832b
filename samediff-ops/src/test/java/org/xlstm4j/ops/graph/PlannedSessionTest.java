package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PlannedSessionTest {
    private static final Map<String, INDArray> FEED = Map.of("x", Nd4j.createFromArray(new float[][] {{1, -2, 3}}));

    private static SameDiff graph(int gates) {
        var sd = SameDiff.create();
        var weight = sd.var("w", Nd4j.eye(3).castTo(DataType.FLOAT).muli(0.5));
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 3);
        for (int i = 0; i < gates; i++) {
            x = sd.math.tanh(x.mmul(weight)).mul(sd.nn.sigmoid(x.mmul(weight)));
        }
        sd.setLossVariables(x.sum("loss", true).name());
        return sd;
    }

    private static Map<String, INDArray> outputs(SameDiff sd) {
        return sd.output(FEED, "loss", "w");
    }

    @Test
    void outputsAndGradientsAreThoseOfAStockSession() {
        var stock = graph(3);
        var planned = graph(3);
        PlannedSession.use(planned);
        planned.createGradFunction();
        PlannedSession.use(planned.getFunction("grad"));
        for (int run = 0; run < 3; run++) {
            assertThat(outputs(planned)).isEqualTo(outputs(stock));
            assertThat(planned.calculateGradients(FEED, "w")).isEqualTo(stock.calculateGradients(FEED, "w"));
        }
    }

    @Test
    void sessionThatIsTakenOverGoesFromThreadToThread() throws Exception {
        var sd = graph(2);
        var expected = outputs(graph(2));
        PlannedSession.takeOver(sd);
        var session = sd.getSessions().values().iterator().next();
        assertThat(outputs(sd)).isEqualTo(expected);
        for (int i = 0; i < 3; i++) {
            var run = new FutureTask<>(() -> {
                PlannedSession.takeOver(sd);
                return outputs(sd);
            });
            new Thread(run).start();
            assertThat(run.get()).isEqualTo(expected);
        }
        PlannedSession.takeOver(sd);
        assertThat(outputs(sd)).isEqualTo(expected);
        assertThat(sd.getSessions()).containsOnlyKeys(Thread.currentThread().getId()).containsValue(session);
    }

    @Test
    void eachSetOfOutputsHasAPlanOfItsOwn() {
        var sd = graph(2);
        PlannedSession.use(sd);
        assertThat(sd.output(FEED, "loss")).containsOnlyKeys("loss");
        assertThat(sd.output(FEED, "tanh")).containsOnlyKeys("tanh");
        assertThat(sd.output(FEED, "loss", "tanh")).containsOnlyKeys("loss", "tanh");
    }

    @Test
    void opsThatAreAddedLaterAreRun() {
        var sd = graph(2);
        PlannedSession.use(sd);
        float before = outputs(sd).get("loss").getFloat(0);
        sd.getVariable("loss").mul("twice", 2.0);
        assertThat(sd.output(FEED, List.of("twice")).get("twice").getFloat(0)).isEqualTo(2 * before);
        assertThat(outputs(sd).get("loss").getFloat(0)).isEqualTo(before);
    }

    @Test
    void pathsThatPartAndMeetAgainCostNoMoreThanOthers() {
        var sd = graph(40);
        PlannedSession.use(sd);
        // A stock session visits 2^40 paths.
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            PlannedSession.use(sd);
            assertThat(outputs(sd).get("loss").getFloat(0)).isNotNaN();
        });
    }

    @Test
    void recycledOutputsAreWrittenAgain() {
        var sd = SameDiff.create();
        var names = Stream.of(PowerGraph.outputs(sd.placeHolder("x", DataType.FLOAT, -1, 3),
                sd.constant("w", Nd4j.ones(DataType.FLOAT, 1, 3)))).map(SDVariable::name).toArray(String[]::new);
        PlannedSession.use(sd);
        var first = sd.output(FEED, names);
        var expected = first.values().stream().map(INDArray::dup).toList();
        PlannedSession.recycle(sd, first);
        var second = sd.output(FEED, names);
        assertThat(addresses(second)).isEqualTo(addresses(first));
        assertThat(second.values()).containsExactlyElementsOf(expected);
        var third = sd.output(FEED, names);
        assertThat(addresses(third)).as("what nobody gave back").doesNotContainAnyElementsOf(addresses(second));
        assertThat(third).isEqualTo(second);
    }

    @Test
    void whatStockOpsReturnIsNotRecycled() {
        var sd = graph(1);
        PlannedSession.use(sd);
        var first = sd.output(FEED, "tanh").get("tanh");
        PlannedSession.recycle(sd, Map.of("tanh", first));
        assertThat(sd.output(FEED, "tanh").get("tanh")).isNotSameAs(first).isEqualTo(first);
    }

    private static Set<Long> addresses(Map<String, INDArray> arrays) {
        return arrays.values().stream().map(array -> array.data().addressPointer().address())
                .collect(Collectors.toSet());
    }
}
