package org.xlstm4j.ops.embedding;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.RandomArrays;

class CpuEmbeddingTest extends EmbeddingContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        var random = new RandomArrays(4);
        var ids = IntStream.range(0, 500).map(i -> i * i % 599).toArray();
        FusedOps.assertSound(trainable(random.normal(600, 7), Nd4j.createFromArray(ids), random.normal(500, 7)),
                List.of("table"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 9})
    void idOutsideTheVocabularyIsNamed(int id) {
        var graph = constant(new RandomArrays(1).normal(9, 4), Nd4j.createFromArray(3, id));
        assertThatThrownBy(graph::outputs).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("id " + id).hasMessageContaining("0 to 8");
    }
}
