package org.xlstm4j.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.bench.DeviceMachine;
import org.xlstm4j.bench.Measurement;

/**
 * What {@code bench ops --form cuda} found.
 *
 * @param machine      what the GPU reaches
 * @param measurements the rows
 * @param failures     why a row could not be measured, by row
 */
record DeviceReport(DeviceMachine machine, List<Measurement> measurements, Map<String, String> failures) {

    /** The table for the eye. */
    Table table() {
        var table = Table.of("operator", "shape", "direction", "ms", "quartiles", "ktokens/s", "TFLOP/s", "of bf16",
                "GB/s", "of copy");
        measurements.forEach(row -> table.row(cells(row)));
        return table;
    }

    private List<String> cells(Measurement row) {
        var timing = row.timing();
        return List.of(row.operator(), row.shape(), row.direction().text(), Table.number(timing.median(), 3),
                Table.number(timing.lowerQuartile(), 3) + "-" + Table.number(timing.upperQuartile(), 3),
                Table.number(row.tokensPerSecond() / 1e3, 0), Table.number(row.flopsPerSecond() / 1e12, 1),
                percent(row.flopsPerSecond(), machine.bfloat16FlopsPerSecond()),
                Table.number(row.bytesPerSecond() / 1e9, 0), percent(row.bytesPerSecond(), machine.bytesPerSecond()));
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
            facts.put("direction", row.direction().text());
            facts.put("tokens", row.tokens());
            facts.put("flops", row.work().flops());
            facts.put("bytes", row.work().bytes());
            facts.put("milliseconds", row.timing());
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
