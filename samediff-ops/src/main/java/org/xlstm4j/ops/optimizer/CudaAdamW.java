package org.xlstm4j.ops.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.DeviceTable;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * AdamW on a GPU, all parameters in one launch: see {@link CpuAdamW}. The GPU itself clips, and leaves everything as it
 * is where the norm is not finite, so that it is waited for once, at the end.
 */
final class CudaAdamW implements AdamWForm {
    private static final String SOURCE = "optimizer/adamw.cu";
    /** Elements that a block of threads updates. */
    private static final int PART = 16_384;
    private static final int THREADS = 256;
    private static final int NORM_THREADS = 1024;

    private final List<INDArray> parameters;
    private final List<Boolean> decays;
    /** What a step changes: parameters, then first moments, then second moments. */
    private final List<INDArray> state;
    /** The tensor of each part and its index there, one after the other. */
    private final INDArray parts;

    /** Of float32 parameters in row order. */
    CudaAdamW(List<INDArray> parameters, List<Moments> moments, List<Boolean> decays) {
        this.parameters = parameters;
        this.decays = decays;
        this.state = new ArrayList<>(parameters);
        moments.forEach(moment -> state.add(moment.first()));
        moments.forEach(moment -> state.add(moment.second()));
        var indices = new ArrayList<Integer>();
        for (int tensor = 0; tensor < parameters.size(); tensor++) {
            for (int part = 0; part < Grid.blocks(parameters.get(tensor).length(), PART); part++) {
                indices.add(tensor);
                indices.add(part);
            }
        }
        this.parts = Nd4j.createFromArray(indices.toArray(Integer[]::new));
    }

    @Override
    public double step(AdamWStep step, List<INDArray> gradients) {
        var inputs = new ArrayList<>(state);
        inputs.addAll(gradients);
        inputs.add(parts);
        var norm = new double[1];
        CudaCall.run(inputs, state, (in, out, gpu) -> {
            for (int i = 0; i < out.size(); i++) {
                gpu.copy(in.get(i), out.get(i));
            }
            norm[0] = step(step, table(in.subList(out.size(), in.size()), out), in.get(in.size() - 1), gpu);
        });
        step.clipping(norm[0]);
        return norm[0];
    }

    /** What the kernels know of each tensor. */
    private DeviceArray table(List<DeviceArray> gradients, List<DeviceArray> state) {
        int tensors = parameters.size();
        var table = new DeviceTable();
        for (int i = 0; i < tensors; i++) {
            table.add(state.get(i)).add(gradients.get(i)).add(state.get(tensors + i)).add(state.get(2 * tensors + i))
                    .add(parameters.get(i).length()).add(decays.get(i) ? 1 : 0);
        }
        return table.toDevice();
    }

    private static double step(AdamWStep step, DeviceArray tensors, DeviceArray parts, Gpu gpu) {
        var defines = Defines.none().with("PART", PART);
        int blocks = (int) (parts.length() / 2);
        var squares = gpu.scratch(DataType.DOUBLE, blocks);
        var norm = gpu.scratch(DataType.DOUBLE, 1);
        gpu.launch(SOURCE, defines, "adamw_squares", Grid.of(blocks, THREADS), tensors, parts, squares);
        gpu.launch(SOURCE, defines, "adamw_norm", Grid.of(1, NORM_THREADS), squares, norm, blocks);
        var factors = AdamWFactors.of(step);
        gpu.launch(SOURCE, defines, "adamw_update", Grid.of(blocks, THREADS), tensors, parts, norm, step.clipNorm(),
                factors.beta1(), factors.beta2(), factors.rate(), factors.epsilon(), (float) step.kept());
        return gpu.read(norm)[0];
    }
}
