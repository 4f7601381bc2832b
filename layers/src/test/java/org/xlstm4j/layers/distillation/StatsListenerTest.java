package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.layers.distillation.Students.CLASSES;
import static org.xlstm4j.layers.distillation.Students.FEATURES;

import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.api.StatsType;
import org.deeplearning4j.ui.model.stats.impl.DefaultStatsUpdateConfiguration;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** What DL4J's UI shows of a student: its listener's reports. */
class StatsListenerTest {
    @Test
    void reportsHaveTheDistillationLossAndEveryParametersUpdates() {
        var loss = new DistillationLoss.Builder().topK(3).build();
        var student = Students.recurrent(DataType.FLOAT, new Adam(0.01), 4, loss);
        var storage = new InMemoryStatsStorage();
        student.setListeners(new StatsListener(storage, null,
                new DefaultStatsUpdateConfiguration.Builder().reportingFrequency(1).build(), "student", "worker"));
        var labels = TeacherLabels.pack(loss, Numbers.oneHot(1, 3, CLASSES, 4), Numbers.normal(2, 3, CLASSES, 4));
        var data = new DataSet(Numbers.normal(3, 3, FEATURES, 4).castTo(DataType.FLOAT), labels);
        double before = student.score(data);
        for (int step = 0; step < 3; step++) {
            student.fit(data);
        }
        var reports = storage.getAllUpdatesAfter("student", StatsListener.TYPE_ID, "worker", 0);
        assertThat(reports).hasSize(3);
        var first = (StatsReport) reports.get(0);
        assertThat(first.getScore()).isCloseTo(before, within(1e-4));
        assertThat(first.getMeanMagnitudes(StatsType.Updates)).containsKeys("0_W", "0_RW", "1_W", "1_b");
    }
}
