package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;

/** One time step of the mLSTM out of stock SameDiff ops: O(keyDim · valueDim) a head, whatever came before. */
final class MlstmStep {

    private MlstmStep() {
    }

    static MlstmOutput run(MlstmSpec spec, SDVariable query, SDVariable key, SDVariable value, SDVariable inputGate,
                           SDVariable forgetGate, MlstmState state) {
        var sd = query.getSameDiff();
        int heads = spec.heads();
        var decay = LogSpace.logSigmoid(forgetGate);
        var max = sd.math.max(decay.add(state.max()), inputGate);
        var fixed = LogSpace.constant(max);
        var kept = decay.add(LogSpace.constant(state.max()));
        var forget = sd.math.exp(kept.sub(fixed)).reshape(-1, heads, 1);
        var added = key.mul(sd.math.exp(inputGate.sub(fixed)).reshape(-1, heads, 1));

        var outer = sd.mmul(added.reshape(-1, heads, spec.keyDim(), 1),
                value.reshape(-1, heads, 1, spec.valueDim()), false, false, false);
        var memory = state.memory().mul(forget.reshape(-1, heads, 1, 1)).add(outer);
        var normalizer = state.normalizer().mul(forget).add(added);

        var scaled = query.mul(spec.keyScale());
        var numerator = sd.mmul(scaled.reshape(-1, heads, 1, spec.keyDim()), memory, false, false, false)
                .reshape(-1, heads, spec.valueDim());
        var denominator = scaled.mul(normalizer).sum(true, 2);
        var hidden = LogSpace.read(spec.read(), numerator, denominator, max.reshape(-1, heads, 1));
        return new MlstmOutput(hidden, new MlstmState(memory, normalizer, max));
    }
}
