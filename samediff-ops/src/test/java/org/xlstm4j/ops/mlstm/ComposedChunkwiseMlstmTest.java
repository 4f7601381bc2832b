package org.xlstm4j.ops.mlstm;

import java.util.List;
import java.util.stream.Stream;

class ComposedChunkwiseMlstmTest extends MlstmSequenceContract {
    @Override
    protected MlstmOutput build(MlstmSpec spec, MlstmInputs inputs) {
        var form = new ChunkwiseMlstm(spec, inputs);
        return new MlstmOutput(form.hidden(), form.finalState());
    }

    @Override
    protected List<Integer> chunkSizes(int time) {
        return Stream.of(1, 7, 16, 32, 64, time).distinct().toList();
    }
}
