package org.xlstm4j.ops.loss;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;

/** {@link LossSum} on the CPU. A token is a few operations: one thread does. */
final class CpuLossSum {

    private CpuLossSum() {
    }

    static void forward(List<Floats> losses, List<Double> factors, Floats weights, Floats sum, Worker worker) {
        var weight = column(weights, worker);
        double total = 0;
        for (int i = 0; i < losses.size(); i++) {
            var of = column(losses.get(i), worker);
            double weighted = 0;
            for (int t = 0; t < of.length; t++) {
                weighted += (double) weight[t] * of[t];
            }
            total += factors.get(i) * weighted;
        }
        worker.store(new float[] {(float) total}, 0, 1, sum.address());
    }

    static void backward(Floats weights, Floats dSum, List<Double> factors, List<Floats> gradients, Worker worker) {
        var weight = column(weights, worker);
        var upstream = new float[1];
        worker.load(dSum.address(), upstream, 0, 1);
        for (int i = 0; i < gradients.size(); i++) {
            float scale = (float) (factors.get(i) * upstream[0]);
            var gradient = new float[weight.length];
            for (int t = 0; t < weight.length; t++) {
                gradient[t] = scale * weight[t];
            }
            var to = gradients.get(i);
            worker.storeRows(gradient, weight.length, 1, to.address(), to.stride(0));
        }
    }

    private static float[] column(Floats of, Worker worker) {
        var column = new float[of.size(0)];
        worker.loadRows(of.address(), of.stride(0), column.length, 1, column);
        return column;
    }
}
