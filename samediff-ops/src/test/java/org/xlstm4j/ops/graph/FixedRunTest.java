package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.xlstm4j.ops.graph.FixedRun.Feedback.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.graph.FixedRun.Feedback;

class FixedRunTest {
    private final SameDiff sd = SameDiff.create();
    private final SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 3);
    private final SDVariable w = sd.constant("w", Nd4j.createFromArray(new float[][] {{1, 2, 3}}));
    private final INDArray array = Nd4j.createFromArray(new float[][] {{1, -2, 3}});

    private SDVariable product(SDVariable of) {
        return new PowerOp(of, w, PowerGraph.EXPONENT, PowerGraph.FACTOR).outputVariables()[1];
    }

    private INDArray expected(INDArray of) {
        return of.mul(sd.getVariable("w").getArr()).mul(PowerGraph.FACTOR);
    }

    private FixedRun run(List<String> outputs, Feedback feedback) {
        return FixedRun.of(sd, Map.of("x", array), outputs, feedback).orElseThrow();
    }

    @Test
    void computesWhatASessionDoes() {
        var once = product(x);
        var twice = product(once);
        var outputs = List.of(twice.name(), once.name());
        try (var run = run(outputs, NONE)) {
            for (int i = 0; i < 3; i++) {
                array.addi(i);
                run.run();
                var session = sd.output(Map.of("x", array), outputs);
                outputs.forEach(name -> assertThat(run.output(name)).isEqualTo(session.get(name)));
            }
        }
    }

    @Test
    void writesToTheSameArraysEveryTime() {
        var y = product(x).name();
        try (var run = run(List.of(y), NONE)) {
            run.run();
            var first = run.output(y);
            run.run();
            assertThat(run.output(y)).isSameAs(first);
        }
    }

    @Test
    void writesInPlaceWhatItIsToldTo() {
        var y = product(x).name();
        var before = array.dup();
        try (var run = run(List.of(y), new Feedback(Map.of(y, "x"), Map.of()))) {
            run.run();
            assertThat(array).isEqualTo(expected(before));
            run.run();
            assertThat(array).isEqualTo(expected(expected(before)));
        }
    }

    @Test
    void exchangesArraysWhereItIsToldTo() {
        var y = product(x).name();
        var expected = array.dup();
        try (var run = run(List.of(y), new Feedback(Map.of(), Map.of(y, "x")))) {
            for (int i = 0; i < 5; i++) {
                run.run();
                expected = expected(expected);
                assertThat(run.output(y)).as("run %d", i).isEqualTo(expected);
            }
        }
    }

    @Test
    void isEmptyWhereItTakesOtherOps() {
        for (var other : List.of(x.add(1), x.mul(x), x.add(w), x.reshape(sd.constant(Nd4j.createFromArray(3L, -1L))))) {
            var y = sd.math().cos(product(other)).name();
            assertThat(FixedRun.of(sd, Map.of("x", array), List.of(y), NONE)).as(other.name()).isEmpty();
        }
    }

    @Test
    void reshapesAndAddsUpWhatIsAlike() {
        var flat = product(x.reshape(-1, 3)).reshape(-1);
        var sum = product(x).add(flat.reshape(1, -1)).add(product(x));
        var outputs = List.of(product(sum).name(), flat.name());
        try (var run = run(outputs, NONE)) {
            for (int i = 0; i < 3; i++) {
                array.addi(i);
                run.run();
                var session = sd.output(Map.of("x", array), outputs);
                outputs.forEach(name -> assertThat(run.output(name)).isEqualTo(session.get(name)));
            }
        }
    }

    @Test
    void laterArraysTakeThePlaceOfThoseNoLongerNeeded() {
        var last = x;
        var before = new ArrayList<SDVariable>();
        for (int i = 0; i < 10; i++) {
            last = product(last);
            before.add(last);
        }
        var sum = last.add(before.get(4));
        var outputs = List.of(before.get(6).name(), sum.name());
        try (var run = run(outputs, NONE)) {
            run.run();
            var session = sd.output(Map.of("x", array), outputs);
            outputs.forEach(name -> assertThat(run.output(name)).isEqualTo(session.get(name)));
            var memories = run.written().stream().map(of -> of.data().address()).collect(Collectors.toSet());
            // Two outputs an op, one of them unused; the fifth product and the seventh stay.
            assertThat(memories).hasSizeLessThan(8);
        }
    }

    @Test
    void takesGraphsOfAnyDepth() throws InterruptedException {
        var last = x;
        for (int i = 0; i < 3000; i++) {
            last = product(last);
        }
        var outputs = List.of(last.name());
        var result = new INDArray[1];
        var thread = new Thread(null, () -> {
            try (var run = run(outputs, NONE)) {
                run.run();
                result[0] = run.output(outputs.get(0));
            }
        }, "little stack", 1 << 17);
        thread.start();
        thread.join();
        var expected = array.dup();
        for (int i = 0; i < 3000; i++) {
            expected = expected(expected);
        }
        assertThat(result[0]).isEqualTo(expected);
    }

    @Test
    void namesThePlaceholderThatIsMissing() {
        var y = product(x).name();
        assertThatIllegalArgumentException().isThrownBy(() -> FixedRun.of(sd, Map.of(), List.of(y), NONE))
                .withMessageContaining("x");
    }
}
