package org.xlstm4j.ops.mask;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** Where documents begin in rows of tokens, for kernels: {@link DocumentStarts} on a GPU. */
public final class CudaDocumentStarts {
    private static final int THREADS = 1024;

    private CudaDocumentStarts() {
    }

    /**
     * The index at which each token's document begins.
     *
     * @param segments [batch, time], the number of each token's document, the same in contiguous tokens; null where
     *                 every row is one document
     * @return [batch, time], INT, in scratch memory
     */
    public static DeviceArray of(DeviceArray segments, int batch, int time, Gpu gpu) {
        var starts = gpu.scratch(DataType.INT, batch, time);
        if (segments == null) {
            gpu.clear(starts);
        } else {
            gpu.launch("mask/documents.cu", Defines.none().with("Number", segments.type()), "document_starts",
                    Grid.of(batch, THREADS), segments, starts, time);
        }
        return starts;
    }
}
