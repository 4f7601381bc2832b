package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmInputs;
import org.xlstm4j.ops.mlstm.MlstmSpec;
import org.xlstm4j.ops.mlstm.MlstmState;

/** A decoding step of the mLSTM: the memory is updated and read. */
record MlstmStepCase(Heads heads) implements OperatorCase {

    @Override
    public String operator() {
        return "mlstm-step";
    }

    @Override
    public String shape() {
        return "H=" + heads.count() + " d=" + heads.dim();
    }

    @Override
    public long tokens() {
        return 1;
    }

    @Override
    public List<Direction> directions() {
        return List.of(Direction.FORWARD);
    }

    @Override
    public Work work(Direction direction) {
        double memory = heads.floats(heads.dim());
        return Work.ofFloats(5 * memory, 2 * memory + 4 * heads.floats(1));
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        int count = heads.count();
        int dim = heads.dim();
        var state = new MlstmState(in.parameter("memory", 1, count, dim, dim), in.parameter("normalizer", 1, count, dim),
                in.parameter("max", 1, count));
        var inputs = new MlstmInputs(in.features("query", heads.sequence(1)), in.features("key", heads.sequence(1)),
                in.variable("value", heads.sequence(1)), in.variable("inputGate", heads.gates(1)),
                in.variable("forgetGate", heads.gates(1)));
        var step = Mlstm.step(MlstmSpec.normalized(count, 1, dim, dim), inputs.withInitial(state));
        return List.of(step.hidden(), step.state().memory(), step.state().normalizer(), step.state().max());
    }
}
