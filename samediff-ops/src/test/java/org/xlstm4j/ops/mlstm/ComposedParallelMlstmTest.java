package org.xlstm4j.ops.mlstm;

class ComposedParallelMlstmTest extends MlstmSequenceContract {
    @Override
    protected MlstmOutput build(MlstmSpec spec, MlstmInputs inputs) {
        var form = new ParallelMlstm(spec, inputs);
        return new MlstmOutput(form.hidden(), form.finalState());
    }
}
