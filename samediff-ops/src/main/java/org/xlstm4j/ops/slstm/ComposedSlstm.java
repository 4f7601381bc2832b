package org.xlstm4j.ops.slstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.StopGradient;

/**
 * The sLSTM out of stock SameDiff ops, step after step, with heads on the first axis: [heads, batch, headDim]. Paths
 * through its graph part and meet again at each step: run it with
 * {@link org.xlstm4j.ops.graph.PlannedSession}, for a stock session's time grows exponentially with the length.
 */
final class ComposedSlstm {
    /** The logarithm of nothing: finite, so that differences with it stay numbers. */
    private static final double EMPTY = -1e30;

    private final SlstmSpec spec;
    private final SlstmInputs in;
    private final SameDiff sd;

    ComposedSlstm(SlstmSpec spec, SlstmInputs in) {
        this.spec = spec;
        this.in = in;
        this.sd = in.gates().getSameDiff();
    }

    SlstmOutput run() {
        int heads = spec.heads();
        int width = spec.headDim();
        int time = spec.time();
        var gates = steps(in.gates().reshape(-1, time, SlstmInputs.GATES, heads, width).permute(1, 3, 0, 2, 4)
                .reshape(time, heads, -1, SlstmInputs.GATES * width));
        var recurrent = in.recurrent().permute(1, 3, 0, 2).reshape(heads, width, SlstmInputs.GATES * width);
        var present = in.mask() == null ? null : steps(in.mask().permute(1, 0).reshape(time, 1, -1, 1));
        var hidden = new SDVariable[time];
        var state = initial(gates[0]);
        for (int t = 0; t < time; t++) {
            var next = step(gates[t].add(state.hidden().mmul(recurrent)), state);
            hidden[t] = present == null ? next.hidden() : next.hidden().mul(present[t]);
            state = present == null ? next : chosen(present[t], next, state);
        }
        var rows = sd.stack(0, hidden).permute(2, 0, 1, 3).reshape(-1, spec.width());
        return new SlstmOutput(rows, turned(state));
    }

    private SDVariable[] steps(SDVariable x) {
        return spec.time() == 1 ? new SDVariable[] {sd.squeeze(x, 0)} : sd.unstack(x, 0, spec.time());
    }

    private SlstmState initial(SDVariable gates) {
        if (in.initial() == null) {
            var zeros = sd.zerosLike(sd.unstack(gates.reshape(spec.heads(), -1, SlstmInputs.GATES, spec.headDim()), 2,
                    SlstmInputs.GATES)[0]);
            return new SlstmState(zeros, zeros, zeros, zeros.add(EMPTY));
        }
        var given = turned(in.initial());
        var empty = given.normalizer().eq(0.0).castTo(in.gates().dataType());
        return new SlstmState(given.cell(), given.normalizer(), given.hidden(),
                constant(given.max().mul(empty.mul(-1.0).add(1.0)).add(empty.mul(EMPTY))));
    }

    /** @param preActivations [heads, batch, 4 · headDim] */
    private SlstmState step(SDVariable preActivations, SlstmState before) {
        var gates = sd.unstack(preActivations.reshape(spec.heads(), -1, SlstmInputs.GATES, spec.headDim()), 2,
                SlstmInputs.GATES);
        var kept = logForget(gates[1]).add(before.max());
        var max = constant(sd.math.max(kept, gates[0]));
        var forget = sd.math.exp(kept.sub(max));
        var input = sd.math.exp(gates[0].sub(max));
        var cell = before.cell().mul(forget).add(input.mul(sd.math.tanh(gates[2])));
        var normalizer = before.normalizer().mul(forget).add(input);
        return new SlstmState(cell, normalizer, sd.nn.sigmoid(gates[3]).mul(cell).div(normalizer), max);
    }

    private SDVariable logForget(SDVariable gate) {
        return switch (spec.forgetGate()) {
            case EXPONENTIAL -> gate;
            case SIGMOID -> {
                // (x − |x|) / 2 − log(1 + e^−|x|): never overflows, and its derivative is right at 0 too.
                var magnitude = sd.math.abs(gate);
                yield gate.sub(magnitude).mul(0.5).sub(sd.math.log(sd.math.exp(magnitude.neg()).add(1.0)));
            }
        };
    }

    private static SlstmState chosen(SDVariable present, SlstmState next, SlstmState before) {
        var absent = present.mul(-1.0).add(1.0);
        return new SlstmState(next.cell().mul(present).add(before.cell().mul(absent)),
                next.normalizer().mul(present).add(before.normalizer().mul(absent)),
                next.hidden().mul(present).add(before.hidden().mul(absent)),
                next.max().mul(present).add(before.max().mul(absent)));
    }

    /** [batch, heads, headDim] to [heads, batch, headDim], or back. */
    private static SlstmState turned(SlstmState state) {
        return new SlstmState(state.cell().permute(1, 0, 2), state.normalizer().permute(1, 0, 2),
                state.hidden().permute(1, 0, 2), state.max().permute(1, 0, 2));
    }

    /** x with no gradient: the maxima cancel out of every quotient, so none needs to flow through them. */
    private SDVariable constant(SDVariable x) {
        return new StopGradient(sd, x).outputVariable();
    }
}
