package org.xlstm4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DistilANetTest {
    @Test
    void studentLearnsMoreFromItsTeachersAnswersThanFromLabelsAlone() {
        var example = new DistilANet(2);
        var teacher = example.teacher(80);
        var fromLabels = example.fromLabels();
        var distilled = example.distilled(teacher);
        assertThat(example.crossEntropy(distilled)).isLessThan(example.crossEntropy(fromLabels));
        assertThat(example.divergence(distilled, teacher)).isLessThan(0.9 * example.divergence(fromLabels, teacher));
        assertThat(example.crossEntropy(teacher)).isLessThan(example.crossEntropy(distilled));
        assertThat(example.divergence(teacher, teacher)).isLessThan(1e-6);
    }
}
