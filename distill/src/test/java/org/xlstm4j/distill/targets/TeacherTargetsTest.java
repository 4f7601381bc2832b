package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.model.LmGraph;

class TeacherTargetsTest {
    private static final int TOP_K = 4;

    @Test
    void areTheLikeliestOfItsLogits() {
        var teacher = TinyTraining.teacher();
        int vocabSize = teacher.config().vocabSize();
        var targets = new TeacherTargets(teacher, TinyTraining.TIME, TOP_K);
        var graph = LmGraph.of(teacher, TinyTraining.TIME, name -> false);
        for (var batch : TinyTraining.data(3).epoch(0)) {
            var said = targets.of(batch);
            assertThat(said.tokens()).isSameAs(batch);
            var logits = graph.output(batch.tokenBatch(), List.of(graph.logits())).get(graph.logits().name()).dup('c')
                    .data().asFloat();
            for (int t = 0; t < batch.ids().length; t++) {
                if (batch.segments()[t] == 0) {
                    assertThat(said.logProbabilities()[t * TOP_K]).isCloseTo((float) -Math.log(TOP_K), within(1e-6f));
                    continue;
                }
                var ids = PlainTopK.ids(logits, t * vocabSize, vocabSize, TOP_K);
                double logSum = PlainTopK.logSum(logits, t * vocabSize, vocabSize);
                double rest = 1;
                for (int i = 0; i < TOP_K; i++) {
                    double log = logits[t * vocabSize + ids[i]] - logSum;
                    assertThat(said.ids()[t * TOP_K + i]).isEqualTo(ids[i]);
                    assertThat((double) said.logProbabilities()[t * TOP_K + i]).isCloseTo(log, within(1e-5));
                    rest -= Math.exp(log);
                }
                assertThat(Math.exp(said.tailLogProbabilities()[t])).isCloseTo(rest, within(1e-5));
            }
        }
    }

    @Test
    void moreThanTheVocabularyIsRefused() {
        var teacher = TinyTraining.teacher();
        assertThatThrownBy(() -> new TeacherTargets(teacher, 3, 24)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("top_k 24 does not fit a vocabulary of 23");
    }
}
