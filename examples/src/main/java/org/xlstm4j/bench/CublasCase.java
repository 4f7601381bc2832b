package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.DeviceArray;

/** The work of a {@link ProductCase} by cuBLAS alone, to measure graphs by. */
record CublasCase(ProductCase like) implements Case {

    @Override
    public String operator() {
        return "cublas";
    }

    @Override
    public String shape() {
        return like.shape();
    }

    @Override
    public long tokens() {
        return like.tokens();
    }

    @Override
    public List<Direction> directions() {
        return like.directions();
    }

    @Override
    public Work work(Direction direction) {
        return like.work(direction);
    }

    @Override
    public Prepared prepare(Direction direction, DataType type) {
        int size = like.size();
        long[] shape = {like.batch(), size, size};
        var random = new GraphInputs(type);
        var factors = List.of(random.random(type, shape), random.random(type, shape));
        var product = List.of(Nd4j.create(type, shape));
        return new Prepared(() -> {
            CudaCall.run(factors, product, (in, out, gpu) -> {
                for (int i = 0; i < like.products(); i++) {
                    gpu.blas().multiply(like.batch(), size, size, size, matrices(in.get(0)), matrices(in.get(1)),
                            Precision.TF32, 0, matrices(out.get(0)));
                }
            });
            return null;
        }, like.products(), true);
    }

    private static Matrix matrices(DeviceArray of) {
        return Matrix.of(of, 0, of.size(2), (long) of.size(1) * of.size(2));
    }
}
