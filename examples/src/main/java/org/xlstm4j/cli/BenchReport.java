package org.xlstm4j.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.bench.Machine;
import org.xlstm4j.bench.Measurement;
import org.xlstm4j.ops.Form;

/**
 * What {@code bench ops} found.
 *
 * @param machine      what the machine reaches
 * @param measurements the rows
 * @param failures     why a row could not be measured, by row
 */
record BenchReport(Machine machine, List<Measurement> measurements, Map<String, String> failures) {

    /** The table for the eye. */
    Table table() {
        var table = Table.of("operator", "shape", "direction", "form", "ops", "ms", "quartiles", "speedup", "ktokens/s",
                "GFLOP/s", "of gemm", "GB/s", "of copy", "peak MB", "heap kB");
        measurements.forEach(row -> table.row(cells(row)));
        return table;
    }

    private List<String> cells(Measurement row) {
        var timing = row.timing();
        return List.of(row.operator(), row.shape(), row.direction().text(), name(row.form()),
                String.valueOf(row.ops()), milliseconds(timing.median()),
                milliseconds(timing.lowerQuartile()) + "-" + milliseconds(timing.upperQuartile()),
                Table.number(speedup(row), 1), Table.number(row.tokensPerSecond() / 1e3, 1),
                Table.number(row.flopsPerSecond() / 1e9, 1), percent(row.flopsPerSecond(), machine.flopsPerSecond()),
                Table.number(row.bytesPerSecond() / 1e9, 2), percent(row.bytesPerSecond(), machine.bytesPerSecond()),
                Table.number(row.peakBytes() / 1e6, 1), Table.number(row.heapBytes() / 1e3, 0));
    }

    /** How many times as fast as the composed form; NaN where that was not measured. */
    private double speedup(Measurement row) {
        return measurements.stream().filter(other -> other.form() == Form.COMPOSED && other.isSameAs(row))
                .mapToDouble(composed -> composed.timing().median() / row.timing().median()).findFirst()
                .orElse(Double.NaN);
    }

    private static String name(Form form) {
        return form.name().toLowerCase(Locale.ROOT);
    }

    private static String milliseconds(double value) {
        return Table.number(value, value < 1 ? 3 : value < 100 ? 2 : 0);
    }

    private static String percent(double value, double of) {
        return Table.number(100 * value / of, 1) + "%";
    }

    /** All figures, in plain units. */
    Map<String, Object> json() {
        var rows = measurements.stream().map(row -> {
            var facts = new LinkedHashMap<String, Object>();
            facts.put("operator", row.operator());
            facts.put("shape", row.shape());
            facts.put("form", name(row.form()));
            facts.put("direction", row.direction().text());
            facts.put("ops", row.ops());
            facts.put("tokens", row.tokens());
            facts.put("flops", row.work().flops());
            facts.put("bytes", row.work().bytes());
            facts.put("milliseconds", row.timing());
            facts.put("flopsPerSecond", row.flopsPerSecond());
            facts.put("bytesPerSecond", row.bytesPerSecond());
            facts.put("tokensPerSecond", row.tokensPerSecond());
            facts.put("shareOfGemm", row.flopsPerSecond() / machine.flopsPerSecond());
            facts.put("shareOfCopy", row.bytesPerSecond() / machine.bytesPerSecond());
            facts.put("peakBytes", row.peakBytes());
            facts.put("heapBytes", row.heapBytes());
            return facts;
        }).toList();
        var all = new LinkedHashMap<String, Object>();
        all.put("java", Runtime.version().toString());
        all.put("nd4j", Nd4j.class.getPackage().getImplementationVersion());
        all.put("machine", machine);
        all.put("rows", rows);
        all.put("failures", failures);
        return all;
    }
}
