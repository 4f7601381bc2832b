package org.xlstm4j.distill.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.xlstm4j.distill.evaluate.Measure;
import org.xlstm4j.distill.evaluate.NeedleCell;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Judge;
import org.xlstm4j.distill.judge.JudgeOptions;
import org.xlstm4j.distill.judge.ModelScores;
import org.xlstm4j.distill.judge.Score;

/** Reports for tests. */
final class Examples {
    /** A name that breaks HTML, SVG, Markdown and tables if it is not escaped. */
    static final String EVIL = "<script>alert(1)</script> & \"q\" 'a' | `c` *b* [l](http://x) \u0000\uD800";

    private Examples() {
    }

    /** A report with everything in it: two students, one with a name that may break things, needles and 32 heads. */
    static JudgementReport full() {
        var teacher = scores("teacher/of-a-name-that-is-rather-long-for-a-phone", 1, 1);
        var students = List.of(scores("student", 0.97, 2), scores(EVIL, 0.7, 3));
        var judgement = Judge.judge(teacher, students, JudgeOptions.defaults().withDraws(200));
        return JudgementReport.of("Report on " + EVIL, judgement)
                .withCosts(CostFront.of(judgement, Map.of("student", 8e9, EVIL, 1e8), "parameters " + EVIL, false))
                .withGates(List.of(gates("student", 32, 32), gates(EVIL, 2, 3)))
                .withNeedles(List.of(needles("student"), needles(EVIL)))
                .withSettings(Map.of("student " + EVIL, Map.of("key " + EVIL, "value-" + "x".repeat(200) + EVIL)));
    }

    private static ModelScores scores(String name, double factor, int seed) {
        var random = new Random(seed);
        var tasks = new TreeMap<String, Score>();
        for (var task : List.of("math.add", "math.a_task_with_a_name_that_no_phone_has_room_for", "code.reverse",
                "code." + EVIL, "stem.zero", "stem.perplexity")) {
            var perplexity = task.equals("stem.perplexity");
            var value = task.equals("stem.zero") ? 0 : perplexity ? 12 / factor
                    : Math.min(1, factor * (0.4 + 0.1 * tasks.size()) + 0.05 * random.nextDouble());
            tasks.put(task, new Score(perplexity ? "byte_perplexity" : "acc,none", value,
                    tasks.size() == 3 ? Double.NaN : 0.02, Collections.emptySortedMap(), !perplexity, ""));
        }
        return new ModelScores(name, tasks, Collections.emptySortedMap(), List.of("a note on " + EVIL), List.of());
    }

    static GateMap gates(String name, int layers, int heads) {
        var random = new Random(heads);
        var share = new ArrayList<List<Double>>();
        for (var layer = 0; layer < layers; layer++) {
            share.add(random.doubles(heads).boxed().toList());
        }
        return new GateMap(name, share);
    }

    static NeedleMap needles(String name) {
        var cells = new ArrayList<NeedleCell>();
        for (var length : new int[] {1024, 4096, 16384, 131072}) {
            for (var depth : new double[] {0, 0.25, 0.5, 0.75, 1}) {
                if (length < 131072 || depth < 1) {
                    cells.add(new NeedleCell(length, depth, 10, new Measure(depth * 1024 / length, 0.1)));
                }
            }
        }
        return new NeedleMap(name, cells);
    }
}
