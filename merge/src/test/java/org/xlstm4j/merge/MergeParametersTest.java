package org.xlstm4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class MergeParametersTest {
    private static final Coefficients UNEVEN = Coefficients.of(0.35, 0.35, 0.2, 0.1);

    @Test
    void sumsInOrderAndRoundsOnce() {
        var experts = experts(4, 1);

        var merged = Merge.parameters(experts, new LinearMerge(UNEVEN));

        assertThat(merged.keySet()).containsExactlyElementsOf(experts.get(0).keySet());
        merged.forEach((name, array) -> assertThat(values(array)).containsExactly(weightedSum(experts, name)));
    }

    private static float[] weightedSum(List<Map<String, INDArray>> experts, String name) {
        var sum = new float[(int) experts.get(0).get(name).length()];
        for (int i = 0; i < sum.length; i++) {
            double value = 0;
            for (int expert = 0; expert < experts.size(); expert++) {
                value += UNEVEN.get(expert) * values(experts.get(expert).get(name))[i];
            }
            sum[i] = (float) value;
        }
        return sum;
    }

    @Test
    void cornerIsThatExpertBitByBit() {
        var extremes = Nd4j.createFromArray(-0.0f, 0.0f, Float.MIN_VALUE, -Float.MIN_NORMAL / 3, Float.MAX_VALUE,
                Float.NEGATIVE_INFINITY, 1.0f / 3);
        var odd = Nd4j.createFromArray(Float.NaN, Float.POSITIVE_INFINITY, 1f, 2f, Float.MAX_VALUE, 3f, 4f);
        var experts = List.of(Map.of("a", odd), Map.of("a", extremes), Map.of("a", odd));

        var merged = Merge.parameters(experts, new LinearMerge(Coefficients.corner(3, 1))).get("a");

        for (int i = 0; i < extremes.length(); i++) {
            assertThat(Float.floatToRawIntBits(merged.getFloat(i)))
                    .isEqualTo(Float.floatToRawIntBits(extremes.getFloat(i)));
        }
    }

    @Test
    void equalExpertsMergeToThemselves() {
        var expert = experts(1, 5).get(0);

        var merged = Merge.parameters(List.of(expert, expert, expert, expert), new LinearMerge(UNEVEN));

        merged.forEach((name, array) -> assertThat(values(array)).containsExactly(values(expert.get(name))));
    }

    @Test
    void expertsStayAsTheyWere() {
        var experts = experts(4, 3);
        var before = experts.stream().map(expert -> values(expert.get("wide"))).toList();

        Merge.parameters(experts, new LinearMerge(UNEVEN));

        for (int i = 0; i < before.size(); i++) {
            assertThat(values(experts.get(i).get("wide"))).containsExactly(before.get(i));
        }
    }

    @Test
    void anyDataTypeAndOrderOfElements() {
        var half = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}}).castTo(DataType.FLOAT16);
        var transposed = Nd4j.createFromArray(new double[][] {{3, 6}, {5, 8}, {7, 10}}).transpose();

        var method = new LinearMerge(Coefficients.uniform(2));
        var merged = Merge.parameters(List.of(Map.of("a", half), Map.of("a", transposed)), method).get("a");
        var doubles = Merge.parameters(List.of(Map.of("a", transposed), Map.of("a", half)), method).get("a");

        assertThat(merged.dataType()).isEqualTo(DataType.FLOAT16);
        assertThat(doubles.dataType()).isEqualTo(DataType.DOUBLE);
        assertThat(merged.castTo(DataType.DOUBLE)).isEqualTo(doubles)
                .isEqualTo(Nd4j.createFromArray(new double[][] {{2, 3.5, 5}, {5, 6.5, 8}}));
    }

    @Test
    void everyDifferenceIsNamedAtOnce() {
        var first = Map.of("a", Nd4j.zeros(2, 3), "b", Nd4j.zeros(4), "c", Nd4j.zeros(1));
        var second = Map.of("a", Nd4j.zeros(3, 2), "b", Nd4j.zeros(4), "d", Nd4j.zeros(1));
        var third = Map.of("a", Nd4j.zeros(2, 3), "b", Nd4j.zeros(5), "c", Nd4j.zeros(1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Merge.parameters(List.of(first, second, third),
                        new LinearMerge(Coefficients.uniform(3))))
                .withMessageContaining("a is [2, 3] in expert 0 but [3, 2] in expert 1")
                .withMessageContaining("expert 1 lacks c")
                .withMessageContaining("expert 0 lacks d, which expert 1 has")
                .withMessageContaining("b is [4] in expert 0 but [5] in expert 2");
    }

    @Test
    void coefficientsMustBeAsManyAsExperts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Merge.parameters(experts(3, 1), new LinearMerge(UNEVEN)))
                .withMessageContaining("are for 4 experts, but there are 3");
    }

    private static List<Map<String, INDArray>> experts(int count, long seed) {
        var random = new Random(seed);
        var experts = new ArrayList<Map<String, INDArray>>();
        for (int i = 0; i < count; i++) {
            var expert = new LinkedHashMap<String, INDArray>();
            expert.put("wide", gaussian(random, 37, 101));
            expert.put("bias", gaussian(random, 5));
            expert.put("cube", gaussian(random, 3, 1, 7));
            experts.add(expert);
        }
        return experts;
    }

    private static INDArray gaussian(Random random, long... shape) {
        var array = Nd4j.create(DataType.FLOAT, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, (float) random.nextGaussian());
        }
        return array;
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
