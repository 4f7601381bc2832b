package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.bench.Case;
import org.xlstm4j.bench.Cases;
import org.xlstm4j.bench.Effort;
import org.xlstm4j.bench.LanguageModelCase;
import org.xlstm4j.bench.Measurement;
import org.xlstm4j.bench.OperatorBench;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.ops.Form;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench ops}: every operator in each of its forms, side by side. */
@Command(name = "ops", description = "Time, work and memory of every operator in each of its forms.")
final class BenchOpsCommand implements Callable<Integer> {
    /** Forms that are measured. */
    enum Measured { COMPOSED, CPU }

    @Spec
    private CommandSpec spec;

    @Option(names = "--operator", arity = "1..*", paramLabel = "NAME",
            description = "Operators to measure (default: all of them, and the demo's student).")
    private List<String> operators = List.of();

    @Option(names = "--form", split = ",", defaultValue = "composed,cpu", paramLabel = "FORM",
            description = "composed, of stock SameDiff ops, or cpu, fused (default: ${DEFAULT-VALUE}).")
    private List<Measured> forms;

    @Option(names = "--time", arity = "1..*", paramLabel = "T",
            description = "Lengths of the sequence operators (default: 1024 to 8192, by operator).")
    private List<Integer> times = List.of();

    @Option(names = "--quick", description = "Measure for a shorter time.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
    private Path json;

    @Option(names = "--home", paramLabel = "FOLDER", hidden = true,
            description = "The folder of the demo's teacher.")
    private Path home = Path.of(System.getProperty("xlstm4j.home", "."), "examples", "demo");

    @Override
    public Integer call() throws IOException {
        var console = Console.of(spec);
        var bench = new OperatorBench(chosen(), forms.stream().map(form -> Form.valueOf(form.name())).toList(),
                quick ? Effort.QUICK : Effort.FULL);
        var machine = bench.machine();
        console.line("%d threads: gemm %.0f GFLOP/s, copy %.1f GB/s%n", machine.threads(),
                machine.flopsPerSecond() / 1e9, machine.bytesPerSecond() / 1e9);
        var failures = new LinkedHashMap<String, String>();
        var measurements = measure(bench, console, failures);
        var report = new BenchReport(machine, measurements, failures);
        console.print(report.table());
        failures.forEach((what, why) -> console.line("failed: %s: %s", what, why));
        if (json != null) {
            Outputs.writeJson(json, report.json());
        }
        return 0;
    }

    private List<Case> chosen() throws IOException {
        if (times.stream().anyMatch(time -> time < 1)) {
            throw new ParameterException(spec.commandLine(), "--time must be at least 1, was " + times);
        }
        var cases = Cases.operators(times);
        var names = new LinkedHashSet<String>();
        cases.forEach(of -> names.add(of.operator()));
        names.add(LanguageModelCase.OPERATOR);
        for (var operator : operators) {
            if (!names.contains(operator)) {
                throw new ParameterException(spec.commandLine(),
                        "no operator " + operator + "; there are " + String.join(", ", names));
            }
        }
        if (operators.isEmpty() || operators.contains(LanguageModelCase.OPERATOR)) {
            cases.add(languageModel());
        }
        return operators.isEmpty() ? cases : cases.stream().filter(of -> operators.contains(of.operator())).toList();
    }

    /** The demo's student at the start of its distillation. */
    private Case languageModel() throws IOException {
        var settings = DemoSettings.of(1);
        var teacher = Checkpoint.open(home.resolve("teacher-llama-1m")).load();
        return new LanguageModelCase(StudentStart.from(teacher, settings.hybrid()), settings.batch(),
                settings.time(), settings.topK());
    }

    private static List<Measurement> measure(OperatorBench bench, Console console, Map<String, String> failures) {
        try (var progress = console.progress("bench", "rows", bench.rows())) {
            return bench.run(new OperatorBench.Listener() {
                @Override
                public void begun(int rows, String what) {
                    progress.update(rows, what);
                }

                @Override
                public void failed(String what, RuntimeException why) {
                    failures.put(what, why.getMessage());
                }
            });
        }
    }
}
