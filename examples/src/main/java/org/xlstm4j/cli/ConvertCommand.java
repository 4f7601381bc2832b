package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.model.HybridConfig;
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

    @Option(names = "--window", defaultValue = "512", paramLabel = "W",
            description = "Tokens that a query sees back, itself included (default: ${DEFAULT-VALUE}).")
    private int window;

    @Option(names = "--sinks", defaultValue = "4", paramLabel = "S",
            description = "First tokens that every query sees (default: ${DEFAULT-VALUE}).")
    private int sinks;

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
        Console.of(spec).line("%s: student of %,d parameters, window %d, %d sinks", out, student.parameterCount(),
                window, sinks);
        return 0;
    }

    private HybridConfig hybrid() {
        try {
            return new HybridConfig(window, sinks, chunkSize);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
