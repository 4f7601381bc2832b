package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import org.xlstm4j.bench.LargeCheckpoint;
import org.xlstm4j.bench.LoadBench;
import org.xlstm4j.checkpoint.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench load}: how fast a checkpoint becomes a model, beside a plain read of its files. */
@Command(name = "load", description = {"How fast a checkpoint is loaded, beside a plain read of the same files.",
        "From the disk only where the operating system has not kept the files: --drop says how it forgets them."})
final class BenchLoadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

    @Option(names = "--generate", paramLabel = "GB",
            description = "Make the checkpoint first: random weights in shards, of about so many GB.")
    private Double generated;

    @Option(names = "--repeats", paramLabel = "N", defaultValue = "3",
            description = "How often each is measured, in turns (default: ${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "--drop", arity = "1..*", paramLabel = "WORD",
            description = "A command to run before each, such as: sh -c 'sync; echo 3 >/proc/sys/vm/drop_caches'")
    private String[] drop = {};

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
    private Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (repeats < 1) {
            throw new ParameterException(spec.commandLine(), "--repeats must be at least 1, was " + repeats);
        }
        if (generated != null && !(generated > 0)) {
            throw new ParameterException(spec.commandLine(), "--generate must be above 0, was " + generated);
        }
        var console = Console.of(spec);
        if (generated != null) {
            LargeCheckpoint.write(folder, (long) (generated * 1e9));
        }
        var bench = new LoadBench(Checkpoint.open(folder), Arrays.asList(drop));
        var rates = new ArrayList<LoadBench.Rates>();
        for (int i = 0; i < repeats; i++) {
            rates.add(bench.measure());
        }
        var table = Table.of("plain read GB/s", "to float32 GB/s a core", "load GB/s", "load of read", "peak heap MB");
        rates.forEach(one -> table.row(gigabytes(one.plainRead()), gigabytes(one.conversion()), gigabytes(one.load()),
                Table.number(100 * one.load() / one.plainRead(), 0) + "%", Table.number(one.peakHeapBytes() / 1e6, 0)));
        console.print(table);
        if (json != null) {
            var figures = new LinkedHashMap<String, Object>();
            figures.put("bytes", bench.bytes());
            figures.put("measurements", rates);
            Outputs.writeJson(json, figures);
        }
        return 0;
    }

    private static String gigabytes(double bytes) {
        return Table.number(bytes / 1e9, 2);
    }
}
