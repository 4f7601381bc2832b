package org.xlstm4j.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.xlstm4j.ops.graph.FixedRun.Feedback.NONE;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.linear.SwiGlu;
import org.xlstm4j.ops.norm.RmsNorm;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaCallTest {

    private static INDArray copied(INDArray array) {
        var copy = Nd4j.createUninitialized(array.dataType(), array.shape());
        CudaCall.run(List.of(array), List.of(copy), (in, out, gpu) -> gpu.copy(in.get(0), out.get(0)));
        return copy;
    }

    private static INDArray counted(long... shape) {
        return Nd4j.arange(Nd4j.zeros(shape).length()).castTo(DataType.FLOAT).reshape(shape);
    }

    static Stream<INDArray> views() {
        return Stream.of(counted(6, 8).get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()),
                counted(6, 8).get(NDArrayIndex.all(), NDArrayIndex.interval(1, 4)),
                counted(6, 8).transpose(), counted(3, 4, 5).permute(2, 0, 1), counted(7).get(NDArrayIndex.point(3)),
                counted(6, 8).dup('f'));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("views")
    void kernelsSeeViewsInRowOrder(INDArray view) {
        assertThat(copied(view).dup('c').data().asFloat()).isEqualTo(view.dup('c').data().asFloat());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("views")
    void resultsReachViews(INDArray view) {
        var expected = view.mul(3).dup('c').data().asFloat();
        CudaCall.run(List.of(view.mul(3)), List.of(view), (in, out, gpu) -> gpu.copy(in.get(0), out.get(0)));
        assertThat(view.dup('c').data().asFloat()).isEqualTo(expected);
    }

    @Test
    void kernelsSeeWhatTheHostWroteAndTheHostWhatKernelsWrote() {
        var array = counted(5);
        for (int i = 0; i < 3; i++) {
            array.putScalar(2, 100 + i);
            assertThat(copied(array).getFloat(2)).isEqualTo(100 + i);
            array = copied(array.addi(1)).addi(1);
            assertThat(array.getFloat(2)).isEqualTo(102 + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 1000, 1 << 20})
    void scratchMemoryIsApart(int length) {
        var first = Nd4j.create(DataType.FLOAT, length);
        var second = Nd4j.create(DataType.FLOAT, length);
        var ones = Nd4j.ones(DataType.FLOAT, length);
        for (int run = 0; run < 3; run++) {
            CudaCall.run(List.of(ones), List.of(first, second), (in, out, gpu) -> {
                var a = gpu.scratch(DataType.FLOAT, length);
                var b = gpu.scratch(DataType.FLOAT, length);
                gpu.copy(in.get(0), a);
                gpu.clear(b);
                gpu.copy(a, out.get(0));
                gpu.copy(b, out.get(1));
            });
            assertThat(first.sumNumber().intValue()).isEqualTo(length);
            assertThat(second.sumNumber().intValue()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BFLOAT16", "HALF"})
    void convertsAsNd4jDoes(DataType type) {
        var values = Nd4j.rand(DataType.FLOAT, 1003).subi(0.5).muli(1000);
        var rounded = Nd4j.create(type, 1003);
        var back = Nd4j.create(DataType.FLOAT, 1003);
        CudaCall.run(List.of(values), List.of(rounded, back), (in, out, gpu) -> {
            gpu.copy(gpu.as(type, in.get(0)), out.get(0));
            gpu.copy(gpu.as(DataType.FLOAT, out.get(0)), out.get(1));
        });
        assertThat(rounded.castTo(DataType.FLOAT)).isEqualTo(values.castTo(type).castTo(DataType.FLOAT));
        assertThat(back).isEqualTo(rounded.castTo(DataType.FLOAT));
    }

    @Test
    void errorsNameTheKernelTheShapesAndTheCode() {
        var array = counted(3, 4);
        assertThatThrownBy(() -> CudaCall.run(List.of(array), List.of(), (in, out, gpu) -> gpu.launch(
                "cuda/convert.cu", Defines.none().with("From", DataType.FLOAT).with("To", DataType.HALF), "convert",
                Grid.of(1, 4096), in.get(0), in.get(0), 12L))).isInstanceOf(CudaException.class)
                .hasMessageContaining("convert of cuda/convert.cu").hasMessageContaining("FLOAT[3, 4]")
                .hasMessageContaining("error 1,");
    }

    @Test
    void aFixedRunRepeatsItsLaunches() {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
        var weight = Nd4j.rand(DataType.FLOAT, 6, 6);
        var y = Form.with(Form.CUDA, () ->
                Linear.apply(Linear.apply(x, sd.constant("v", weight)), sd.constant("w", weight))).name();
        var input = counted(2, 6);
        try (var run = FixedRun.of(sd, Map.of("x", input), List.of(y), NONE).orElseThrow()) {
            for (int i = 0; i < 4; i++) {
                input.putScalar(0, 1, i);
                run.run();
                assertThat(run.output(y)).isEqualTo(sd.output(Map.of("x", input), y).get(y));
            }
        }
    }

    @Test
    void aFixedRunTakesWhatTheHostWritesBetweenRuns() {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
        var sum = sd.placeHolder("sum", DataType.FLOAT, -1, 6);
        var next = sum.add(Form.with(Form.CUDA, () -> Linear.apply(x, sd.constant("one", Nd4j.eye(6))))).name();
        var input = Nd4j.zeros(DataType.FLOAT, 1, 6);
        var feedback = new FixedRun.Feedback(Map.of(), Map.of(next, "sum"));
        try (var run = FixedRun.of(sd, Map.of("x", input, "sum", Nd4j.zeros(DataType.FLOAT, 1, 6)), List.of(next),
                feedback).orElseThrow()) {
            int expected = 0;
            for (int i = 0; i < 300; i++) {
                input.putScalar(0, 2, i);
                expected += i;
                run.run();
            }
            assertThat(run.output(next).toFloatVector()).containsExactly(0, 0, expected, 0, 0, 0);
        }
    }

    /** From Hopper on its kernels start before those before them have ended. */
    @ParameterizedTest
    @ValueSource(ints = {33, 640})
    void aRecordedChainEqualsAnUnrecordedOne(int width) {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, width);
        var scale = sd.constant("scale", Nd4j.ones(DataType.FLOAT, width));
        var chain = x;
        for (int i = 0; i < 12; i++) {
            var weight = sd.constant("w" + i, Nd4j.randn(DataType.FLOAT, width, width));
            var last = chain;
            var update = Form.with(Form.CUDA, () -> SwiGlu.apply(last, weight, weight, weight));
            chain = Form.with(Form.CUDA, () -> RmsNorm.addAndNormalize(last, update, scale, 1e-6)).normed();
        }
        var y = chain.name();
        var input = Nd4j.create(DataType.FLOAT, 1, width);
        try (var run = FixedRun.of(sd, Map.of("x", input), List.of(y), NONE).orElseThrow()) {
            for (int i = 0; i < 50; i++) {
                input.assign(Nd4j.randn(DataType.FLOAT, 1, width));
                run.run();
                var recorded = run.output(y).dup();
                try (var unrecorded = FixedRun.of(sd, Map.of("x", input), List.of(y), NONE).orElseThrow()) {
                    unrecorded.run();
                    assertThat(recorded).isEqualTo(unrecorded.output(y));
                }
            }
        }
    }

    @Test
    void aFixedRunKeepsItsScratchMemoryWhereOtherCallsNeedMore() {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
        var weight = sd.constant("w", Nd4j.rand(DataType.FLOAT, 6, 6));
        var y = Form.with(Form.CUDA, () -> SwiGlu.apply(x, weight, weight, weight)).name();
        var input = counted(2, 6);
        try (var run = FixedRun.of(sd, Map.of("x", input), List.of(y), NONE).orElseThrow()) {
            run.run();
            var expected = run.output(y).dup();
            for (int i = 0; i < 4; i++) {
                run.run();
                assertThat(run.output(y)).isEqualTo(expected);
                long length = 1L << 20 + i;
                CudaCall.run(List.of(input), List.of(), (in, out, gpu) ->
                        gpu.clear(gpu.scratch(DataType.FLOAT, length)));
            }
        }
    }

    @Test
    void recordingsAndOtherThreadsCopiesDoNotDisturbEachOther() {
        IntStream.range(0, 8).parallel().forEach(i -> {
            var array = Nd4j.valueArrayOf(new long[] {100}, i, DataType.FLOAT);
            var copy = Nd4j.zeros(DataType.FLOAT, 100);
            Runnable work = () -> CudaCall.run(List.of(array), List.of(copy), (in, out, gpu) -> {
                for (int launch = 0; launch < 50; launch++) {
                    gpu.copy(in.get(0), out.get(0));
                }
            });
            work.run();
            for (int run = 0; run < 20; run++) {
                try (var replay = CudaReplay.record(work)) {
                    replay.launch();
                    CudaCall.written(List.of(copy));
                    assertThat(copy.toFloatVector()).containsOnly(i);
                    array.putScalar(0, i);
                    CudaCall.upload(List.of(array));
                }
            }
        });
    }

    @Test
    void threadsMultiplySideBySide() {
        IntStream.range(0, 64).parallel().forEach(i -> {
            var a = Nd4j.valueArrayOf(new long[] {300, 200}, i, DataType.FLOAT);
            var product = Nd4j.create(DataType.FLOAT, 300, 300);
            for (int run = 0; run < 10; run++) {
                CudaCall.run(List.of(a), List.of(product), (in, out, gpu) -> gpu.blas().multiply(300, 300, 200,
                        Matrix.of(in.get(0)), Matrix.of(in.get(0)).transpose(), Precision.FLOAT32, 0,
                        Matrix.of(out.get(0))));
                assertThat(product.minNumber().floatValue()).isEqualTo(200f * i * i);
                assertThat(product.maxNumber().floatValue()).isEqualTo(200f * i * i);
            }
        });
    }
}
