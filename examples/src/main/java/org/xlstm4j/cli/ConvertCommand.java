package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.safetensors.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert}: a teacher's weights with the student's mixers. */
@Command(name = "convert", description = "Make the student of a teacher, with the teacher's weights.")
final class ConvertCommand implements Callable<Integer> {
    private static final int SINKS = 4;

    /** Types that weights can be stored in. */
    enum Storage { F32, BF16, F16 }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TEACHER", description = "The teacher's folder.")
    private Path teacher;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "The student's folder, to create.")
    private Path out;

    @Option(names = "--memory", defaultValue = "mlstm", paramLabel = "KIND",
            description = "mlstm, or linear: linear attention, without gates (default: ${DEFAULT-VALUE}).")
    private Memory memory;

    @Option(names = "--window", defaultValue = "512", paramLabel = "W",
            description = "Tokens that a query sees back, itself included; 0 for the memory alone"
                    + " (default: ${DEFAULT-VALUE}).")
    private int window;

    @Option(names = "--sinks", paramLabel = "S",
            description = "First tokens that every query sees (default: " + SINKS + ", and 0 without a window).")
    private Integer sinks;

    @Option(names = "--chunk-size", defaultValue = "" + HybridConfig.DEFAULT_CHUNK_SIZE, paramLabel = "N",
            description = "Steps that the mLSTM handles at once; changes the speed alone (default: ${DEFAULT-VALUE}).")
    private int chunkSize;

    @Option(names = "--dtype", defaultValue = "F32", paramLabel = "TYPE",
            description = "f32, bf16 or f16, to store the weights as (default: f32).")
    private Storage dtype;

    @Override
    public Integer call() throws IOException {
        var hybrid = hybrid();
        Outputs.requireFree(out);
        var source = Checkpoint.open(teacher);
        var student = StudentStart.from(source.load(flags.options()), hybrid);
        Checkpoint.write(out, student, source, DType.valueOf(dtype.name()));
        Console.of(spec).line("%s: student of %,d parameters, %s", out, student.parameterCount(), text(hybrid));
        return 0;
    }

    private HybridConfig hybrid() {
        try {
            return new HybridConfig(memory, window, sinks != null ? sinks : window == 0 ? 0 : SINKS, chunkSize);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private static String text(HybridConfig hybrid) {
        var memory = hybrid.memory() == Memory.MLSTM ? "mLSTM" : "linear attention";
        return memory + (hybrid.hasWindow()
                ? String.format(", window %d, %d sinks", hybrid.window(), hybrid.sinks()) : ", no window");
    }
}
