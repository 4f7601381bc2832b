package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.bench.Case;
import org.xlstm4j.bench.Cases;
import org.xlstm4j.bench.DecodingCase;
import org.xlstm4j.bench.DeviceBench;
import org.xlstm4j.bench.DeviceMachine;
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
    private static final int CALLS = 30;
    private static final int QUICK_CALLS = 5;

    /** Forms that are measured. */
    enum Measured { COMPOSED, CPU, CUDA }

    @Spec
    private CommandSpec spec;

    @Option(names = "--operator", arity = "1..*", paramLabel = "NAME",
            description = "Operators to measure (default: all of them, and the demo's student).")
    private List<String> operators = List.of();

    @Option(names = "--form", split = ",", defaultValue = "composed,cpu", paramLabel = "FORM",
            description = "composed, of stock SameDiff ops, cpu, fused (default: ${DEFAULT-VALUE}), or cuda alone, fused on"
                    + " a GPU and at sizes that fill one.")
    private List<Measured> forms;

    @Option(names = "--type", split = ",", defaultValue = "bfloat16,float", paramLabel = "TYPE",
            description = "Types of activations on a GPU: float, bfloat16, half (default: ${DEFAULT-VALUE}).")
    private List<String> types;

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
        if (forms.contains(Measured.CUDA)) {
            return onGpu(console);
        }
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
        return failures.isEmpty() ? 0 : 1;
    }

    private int onGpu(Console console) throws IOException {
        if (forms.size() > 1) {
            throw new ParameterException(spec.commandLine(), "--form cuda is measured alone: ND4J runs on the GPU or on"
                    + " the CPU");
        }
        var cases = chosen(Cases.onGpu(times),
                Map.of(LanguageModelCase.OPERATOR, Cases::gpuStudent, DecodingCase.OPERATOR, Cases::gpuDecoding));
        if (!Form.with(Form.CUDA, () -> Form.isFused("bench", DataType.FLOAT))) {
            throw new IllegalStateException("there is no GPU that ND4J runs on: put org.nd4j:nd4j-cuda-11.6-platform on"
                    + " the class path (XLSTM4J_CP)");
        }
        var machine = DeviceMachine.measure();
        console.line("bf16 %.0f TFLOP/s, TF32 %.0f TFLOP/s, copy %.0f GB/s%n", machine.bfloat16FlopsPerSecond() / 1e12,
                machine.tf32FlopsPerSecond() / 1e12, machine.bytesPerSecond() / 1e9);
        var bench = new DeviceBench(cases, types.stream().map(this::type).toList(), quick ? QUICK_CALLS : CALLS);
        var failures = new LinkedHashMap<String, String>();
        List<Measurement> measurements;
        try (var progress = console.progress("bench", "rows", bench.rows())) {
            measurements = bench.run(listener(progress, failures));
        }
        var report = new DeviceReport(machine, measurements, failures);
        console.print(report.table());
        failures.forEach((what, why) -> console.line("failed: %s: %s", what, why));
        if (json != null) {
            Outputs.writeJson(json, report.json());
        }
        return failures.isEmpty() ? 0 : 1;
    }

    private DataType type(String name) {
        try {
            return Activations.type(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--type: " + e.getMessage(), e);
        }
    }

    private List<Case> chosen() throws IOException {
        return chosen(Cases.operators(times), Map.of(LanguageModelCase.OPERATOR, this::languageModel));
    }

    /** Makes the case of a model, which is worth making only where it is chosen. */
    private interface OfModel {
        Case make() throws IOException;
    }

    private List<Case> chosen(List<Case> cases, Map<String, OfModel> ofModels) throws IOException {
        if (times.stream().anyMatch(time -> time < 1)) {
            throw new ParameterException(spec.commandLine(), "--time must be at least 1, was " + times);
        }
        var names = new LinkedHashSet<String>();
        cases.forEach(of -> names.add(of.operator()));
        names.addAll(ofModels.keySet());
        for (var operator : operators) {
            if (!names.contains(operator)) {
                throw new ParameterException(spec.commandLine(),
                        "no operator " + operator + "; there are " + String.join(", ", names));
            }
        }
        for (var of : ofModels.entrySet()) {
            if (operators.isEmpty() || operators.contains(of.getKey())) {
                cases.add(of.getValue().make());
            }
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
            return bench.run(listener(progress, failures));
        }
    }

    private static OperatorBench.Listener listener(Progress progress, Map<String, String> failures) {
        return new OperatorBench.Listener() {
            @Override
            public void begun(int rows, String what) {
                progress.update(rows, what);
            }

            @Override
            public void failed(String what, RuntimeException why) {
                failures.put(what, why.getMessage() == null ? why.toString() : why.getMessage());
            }
        };
    }
}
