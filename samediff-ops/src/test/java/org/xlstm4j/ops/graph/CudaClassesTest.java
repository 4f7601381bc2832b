package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** nd4j-cuda's classes beside nd4j-native, and no GPU: surefire runs this class with that jar on the class path. */
@Tag("cuda-classes")
class CudaClassesTest {

    @Test
    void opsRunOnTheCpu() {
        assertThatCode(() -> Class.forName("org.nd4j.linalg.jcublas.JCublasBackend")).doesNotThrowAnyException();
        var x = PowerGraph.matrix(1, 5);
        var w = PowerGraph.matrix(2, 5);
        var graph = PowerGraph.of(true, w);
        assertClose(PowerGraph.outputs(graph.sd(), x), PowerGraph.expectedOutputs(x, w), 1e-6, "outputs");
        assertClose(PowerGraph.gradients(graph.sd(), x), graph.expectedGradients(x, w), 1e-6, "gradients");
        assertThat(JavaOp.isOnCpu()).isTrue();
    }
}
