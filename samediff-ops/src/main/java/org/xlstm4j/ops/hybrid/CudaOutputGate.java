package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Reductions;

/** The output gate o = σ(w_o · [q, k, v] + b_o) and what it mixes, h = w + o (y − w). */
final class CudaOutputGate {
    private final CudaMixer mixer;
    private final Operands<DeviceArray> in;

    CudaOutputGate(CudaMixer mixer, Operands<DeviceArray> in) {
        this.mixer = mixer;
        this.in = in;
    }

    /** Writes h and o. */
    void mix(DeviceArray mlstm, DeviceArray window, DeviceArray hidden, DeviceArray gate) {
        var spec = mixer.spec();
        int count = mixer.rows() * spec.heads();
        mixer.launch("mix", mixer.teams(count), in.query(), in.key(), in.value(), mlstm, window,
                in.outputGateWeight(), in.outputGateBias(), hidden, gate, spec.heads(), spec.keyValueHeads(),
                spec.time(), count);
    }

    /** What q, k and v are to the gate: which third of its weights belongs to them. */
    enum Part {
        QUERY, KEY, VALUE;

        private long offset(CudaMixer mixer) {
            return (long) ordinal() * mixer.headDim();
        }
    }

    /** The gradient of the gate's logits, and on it of weights and bias, part by part. */
    final class Gradient {
        /** The gradient of the logits, float32, [batch, heads, time]. */
        final DeviceArray dLogits;
        private final DeviceArray dWeight;
        private final DeviceArray dBias;

        /** Writes what arrives at the branches, dy and dw. */
        Gradient(DeviceArray dHidden, DeviceArray dGate, DeviceArray gate, DeviceArray mlstm, DeviceArray window,
                 DeviceArray dMlstm, DeviceArray dWindow) {
            var spec = mixer.spec();
            var gpu = mixer.gpu();
            int count = mixer.rows() * spec.heads();
            dLogits = gpu.scratch(DataType.FLOAT, count);
            mixer.launch("unmix", mixer.teams(count), dHidden, dGate, gate, mlstm, window, dMlstm, dWindow, dLogits,
                    spec.heads(), spec.time(), count);
            dWeight = gpu.scratch(DataType.FLOAT, CudaMixer.PARTS, 3L * spec.heads() * spec.headDim());
            dBias = gpu.scratch(DataType.FLOAT, mixer.parts(), spec.heads());
            gpu.clear(dWeight);
        }

        /** A part of the weights, of head 0 on. */
        DeviceArray weight(Part part) {
            return in.outputGateWeight().from(part.offset(mixer));
        }

        /** Where a part of the weights' gradient is summed up: {@link CudaMixer#PARTS} rows at most of all parts. */
        DeviceArray dWeight(Part part) {
            return dWeight.from(part.offset(mixer));
        }

        /**
         * Adds to the gradient of q, k or v, and sums up the weights' of this part.
         *
         * @param others gradients of the values by query head, to be added as well; null where there are none
         */
        void add(Part part, DeviceArray x, DeviceArray others, DeviceArray dx) {
            var spec = mixer.spec();
            int sharedHeads = part == Part.QUERY ? spec.heads() : spec.keyValueHeads();
            int count = mixer.rows() * sharedHeads;
            mixer.launch("gate_gradient", mixer.teams(count), dLogits, weight(part), others, dx, spec.heads(),
                    sharedHeads, spec.time(), count);
            mixer.launch("gate_weight_gradient", Grid.of(spec.heads(), mixer.parts(), CudaMixer.THREADS), dLogits, x,
                    dWeight(part), part == Part.VALUE ? dBias : null, spec.heads(), sharedHeads, spec.time(),
                    mixer.rows());
        }

        /** Writes the gradients of weights and bias, after all three parts. */
        void finish(DeviceArray ofWeight, DeviceArray ofBias) {
            Reductions.sumColumns(dWeight, ofWeight, mixer.gpu());
            Reductions.sumColumns(dBias, ofBias, mixer.gpu());
        }
    }
}
