package org.xlstm4j.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xlstm4j.ops.Form;

/** Runs cases in all forms and directions, one after the other. */
public final class OperatorBench {
    private final Effort effort;
    private final List<Row> rows;

    /** A row of the table, before it is measured. */
    private record Row(Case of, Form form, Direction direction) {
        String what() {
            return String.join(", ", of.operator() + " " + of.shape(), form.name().toLowerCase(Locale.ROOT),
                    direction.text());
        }
    }

    /** Told how it goes. */
    public interface Listener {
        /** So many rows are done, and another one is about to be measured. */
        void begun(int rows, String what);

        /** A row could not be measured. */
        void failed(String what, RuntimeException why);
    }

    /**
     * @param cases  what to run
     * @param forms  {@link Form#COMPOSED} and fused ones
     * @param effort how long
     */
    public OperatorBench(List<Case> cases, List<Form> forms, Effort effort) {
        this.effort = effort;
        this.rows = cases.stream().flatMap(of -> of.directions().stream().flatMap(direction -> forms.stream()
                .filter(form -> form != Form.COMPOSED || of.isComposable())
                .map(form -> new Row(of, form, direction)))).toList();
    }

    /** The number of rows. */
    public int rows() {
        return rows.size();
    }

    /** Measures the machine. */
    public Machine machine() {
        return Machine.measure(effort);
    }

    /** Measures all rows; those whose operator has no such form are left out. */
    public List<Measurement> run(Listener listener) {
        var measurements = new ArrayList<Measurement>();
        for (int i = 0; i < rows.size(); i++) {
            var row = rows.get(i);
            var what = row.what();
            listener.begun(i, what);
            try {
                measure(row).ifPresent(measurements::add);
            } catch (RuntimeException e) {
                listener.failed(what, e);
            }
        }
        return measurements;
    }

    private Optional<Measurement> measure(Row row) {
        var prepared = Form.with(row.form, () -> row.of.prepare(row.direction));
        if (prepared.fused() != (row.form != Form.COMPOSED)) {
            return Optional.empty();
        }
        long begun = System.nanoTime();
        // First, so that it warms up what follows, too.
        long peak = PeakMemory.bytes(prepared.call());
        var counted = new CountedCall(prepared.call());
        var timing = CallBenchmark.time(counted, effort.after(Duration.ofNanos(System.nanoTime() - begun)));
        return Optional.of(new Measurement(row.of.operator(), row.of.shape(), row.form, row.direction, prepared.ops(),
                row.of.tokens(), row.of.work(row.direction), timing, peak, counted.heapBytes()));
    }
}
