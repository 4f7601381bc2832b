package org.xlstm4j.spark;

import java.io.IOException;
import java.util.OptionalInt;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.CaptureShard;
import org.xlstm4j.distill.targets.CaptureSource;
import org.xlstm4j.distill.targets.StoreHeader;

/**
 * A shard of a target store.
 *
 * @param header what the whole store says of itself
 */
record CapturePart(CaptureJob job, StoreHeader header, CaptureShard shard) implements Part {

    /** A result that says nothing but that it is there. */
    record Done(int rows) {
    }

    static CaptureSource source(PackedCorpus corpus) throws IOException {
        return new CaptureSource(corpus::stream, corpus.fingerprint(), corpus.packing(), OptionalInt.empty());
    }

    @Override
    public Done run() throws IOException {
        if (!shard.isCaptured(job.out(), header)) {
            try (var teacher = OpenCheckpoint.open(job.teacher())) {
                var source = source(job.text().open(teacher.encoding()));
                if (!source.fingerprint().equals(header.data())) {
                    throw new IOException("this machine sees other training text than the one that cut it into shards:"
                            + " put it at a path that is the same folder everywhere");
                }
                Capture.write(shard.file(job.out()), teacher.checkpoint(), shard.of(source), job.options(),
                        rows -> { });
            }
        }
        return new Done(shard.rows());
    }

    @Override
    public String name() {
        return "rows " + shard.firstRow() + " to " + (shard.firstRow() + shard.rows() - 1);
    }
}
