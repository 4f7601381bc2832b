package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Product;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;

/**
 * y_i = x · W_iᵀ + b_i in tiles of y_i; W_i is read where it lies, neither transposed nor copied. Gradients:
 * dx = Σ dy_i · W_i in tiles of dx, added up in place in the order of the weights, dW_i = dy_iᵀ · x in tiles of dW_i,
 * so that no two tiles have to be added up, db_i = Σ dy_i over the rows; all tiles of all of them in one go. Gradients
 * that are null are left out.
 */
final class CpuLinear {

    private CpuLinear() {
    }

    /** @param biases one a weight, or none at all */
    static void forward(Floats x, List<Floats> weights, List<Floats> biases, List<Floats> ys, Worker caller) {
        var products = new Product[weights.size()];
        for (int i = 0; i < products.length; i++) {
            var weight = weights.get(i);
            var y = ys.get(i);
            if (!biases.isEmpty()) {
                fill(y, biases.get(i), caller);
            }
            products[i] = new Product(x.size(0), weight.size(0), x.size(1), N, x.rows(0, 0), T, weight.rows(0, 0),
                    biases.isEmpty() ? 0 : 1, y.rows(0, 0));
        }
        Product.run(products);
    }

    private static void fill(Floats y, Floats bias, Worker worker) {
        int width = y.size(1);
        var values = worker.floats(width);
        worker.load(bias.address(), values, 0, width);
        for (int row = 0; row < y.size(0); row++) {
            worker.store(values, 0, width, y.at(row));
        }
    }

    /** @param dBiases one a weight, or none at all */
    static void backward(Floats x, List<Floats> weights, List<Floats> dys, Floats dx, List<Floats> dWeights,
                         List<Floats> dBiases, Worker caller) {
        int rows = x.size(0);
        int in = x.size(1);
        var sums = new ArrayList<List<Product>>();
        var ones = dBiases.stream().allMatch(Objects::isNull) ? null : ones(rows, caller);
        if (dx != null) {
            sums.add(inputGradient(weights, dys, dx));
        }
        for (int i = 0; i < weights.size(); i++) {
            int out = weights.get(i).size(0);
            var dy = dys.get(i).rows(0, 0);
            var dWeight = dWeights.get(i);
            var dBias = dBiases.isEmpty() ? null : dBiases.get(i);
            if (dWeight != null) {
                sums.add(List.of(new Product(out, in, rows, T, dy, N, x.rows(0, 0), 0, dWeight.rows(0, 0))));
            }
            if (dBias != null) {
                sums.add(List.of(new Product(1, out, rows, N, ones, N, dy, 0,
                        new Rows(dBias.address(), out))));
            }
        }
        Product.runSums(sums);
    }

    private static List<Product> inputGradient(List<Floats> weights, List<Floats> dys, Floats dx) {
        var sum = new ArrayList<Product>();
        for (int i = 0; i < weights.size(); i++) {
            var weight = weights.get(i);
            sum.add(new Product(dx.size(0), dx.size(1), weight.size(0), N, dys.get(i).rows(0, 0),
                    N, weight.rows(0, 0), i == 0 ? 0 : 1, dx.rows(0, 0)));
        }
        return sum;
    }

    private static Rows ones(int length, Worker worker) {
        var ones = worker.floats(length);
        Arrays.fill(ones, 0, length, 1);
        long address = worker.memory(length);
        worker.store(ones, 0, length, address);
        return new Rows(address, length);
    }
}
