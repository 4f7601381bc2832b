package org.xlstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonMappingException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.align.LayerRange;
import org.xlstm4j.distill.corpus.CorruptLimit;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.corpus.Source;
import org.xlstm4j.distill.corpus.StreamOptions;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.evaluate.ChoiceResult;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.ExactMatchResult;
import org.xlstm4j.distill.evaluate.Normalization;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TextResult;
import org.xlstm4j.distill.targets.CaptureOptions;
import org.xlstm4j.distill.targets.CaptureShard;
import org.xlstm4j.distill.targets.StoreHeader;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.LoraOptions;
import org.xlstm4j.distill.train.ParameterSelection;
import org.xlstm4j.distill.train.WarmupConstant;
import org.xlstm4j.ops.loss.Divergence;

class PartJsonTest {
    private static final TrainingText TEXT = new TrainingText(
            List.of(new Source("a b", 0.3, List.of(Path.of("x", "é %20.jsonl"))),
                    new Source("c", 2, List.of(Path.of("y")))),
            new PackingOptions(33, 5, true, -4), new StreamOptions(true, new HeldOut(0.1, HeldOut.Part.HELD_OUT),
                    CorruptLimit.parse("2.5%"), 1234, 3));
    private static final DistillationOptions OPTIONS = DistillationOptions.of(7, 3, 0.1 + 0.2, -1)
            .withActivations(DataType.BFLOAT16).withAccumulate(2).withRecompute(3).withBadSteps(0)
            .withTrained(new ParameterSelection(List.of("mixers", "*norm*"), List.of("x")));

    private static void comesBack(Part part) throws IOException {
        assertThat(PartJson.read(PartJson.write(part), Part.class)).isEqualTo(part);
    }

    @Test
    void partsComeBack() throws IOException {
        var capture = new CaptureJob(Path.of("teacher"), TEXT,
                CaptureOptions.of(3).withTail(true).withImported(ImportOptions.STRICT.allowingMissing()),
                Path.of("out"), 4);
        var place = new DataCursor("d", 1L << 40, 3, List.of(new DataCursor.SourcePlace(1, 2, 1L << 50, 4, 5)));
        comesBack(new CapturePart(capture, new StoreHeader(StoreHeader.FORMAT, "t", "k", 9, 3, StoreHeader.VALUES, true,
                "d", 33, true, -4), new CaptureShard(place, 6, 7)));
        comesBack(new LayersPart(new AlignmentJob(Path.of("t"), ImportOptions.STRICT, Path.of("s"), TEXT,
                AlignmentOptions.of(9, 0.01), 3, Path.of("o"), 2), new LayerRange(1, 4)));
        for (var options : List.of(OPTIONS, OPTIONS.withLora(LoraOptions.of(2)),
                OPTIONS.withDivergence(new Divergence(0.5, 2, Divergence.Tail.REST)),
                OPTIONS.withOptimizer(OPTIONS.optimizer().withSchedule(new WarmupConstant(1e-5, 3))))) {
            var expert = new ExpertsJob.Expert(Path.of("store"), options, Path.of("e"));
            comesBack(new ExpertPart(new ExpertsJob(Path.of("s"), List.of(expert), true, 1), expert));
        }
        comesBack(new ItemsPart(new EvaluationJob(Path.of("m"), ImportOptions.STRICT.ignoringUnexpected(),
                List.of(Path.of("a"), Path.of("b")), EvaluationOptions.defaults().withSplit(Split.HELD_OUT), 3), 1, 2));
    }

    @Test
    void pathsAreWhole() {
        assertThat(TEXT.sources().get(0).files().get(0)).isAbsolute();
    }

    @Test
    void resultsComeBackToTheLastBit() throws IOException {
        var judged = new ItemsPart.Judged(List.of(new ExactMatchResult(3, "p\n\u2028", "e", "\0", false, 2, 0.1 + 0.2),
                new ExactMatchResult(4, "", "", "", true, 1, Double.NaN),
                new ChoiceResult(5, "p", List.of(" a", "b"), 1, List.of(-0.1 - 0.2, -1e-310), List.of(1, 2),
                        Normalization.TOKENS),
                new TextResult(6, "d", 1, 2, 3, 0.1 + 0.2, Double.NaN, Double.NaN, Double.NaN)));
        assertThat(PartJson.read(PartJson.write(judged), ItemsPart.Judged.class)).isEqualTo(judged);
    }

    @Test
    void otherSchedulesAreRefused() {
        var schedule = new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1));
        var options = OPTIONS.withOptimizer(OPTIONS.optimizer().withSchedule(schedule));
        assertThatThrownBy(() -> new ExpertsJob.Expert(Path.of("store"), options, Path.of("e")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("MapSchedule");
        assertThatThrownBy(() -> PartJson.read("{\"part\": \"other\"}", Part.class))
                .isInstanceOf(JsonMappingException.class);
    }
}
