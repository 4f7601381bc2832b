package org.xlstm4j.ops.linear;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.Blas.Transpose;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Product;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.graph.JavaOp;

/** {@link BatchedProduct} as one op: a, b → c. Its gradients are such products, too. */
public final class BatchedProductOp extends JavaOp {

    /** For ND4J. */
    public BatchedProductOp() {
    }

    BatchedProductOp(SDVariable a, boolean transposeA, SDVariable b, boolean transposeB) {
        super(List.of(a, b));
        addBArgument(transposeA, transposeB);
        Precision.addTo(this);
    }

    private BatchedProductOp(SDVariable a, boolean transposeA, SDVariable b, boolean transposeB, long precision) {
        super(List.of(a, b));
        addBArgument(transposeA, transposeB);
        addIArgument(precision);
    }

    @Override
    public String opName() {
        return "xlstm4j_batched_product";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var a = inputs.get(0);
        var b = inputs.get(1);
        long rows = a.size(getBArgument(0) ? 2 : 1);
        long columns = b.size(getBArgument(1) ? 1 : 2);
        if (a.rank() != 3 || b.rank() != 3 || a.size(0) != b.size(0)
                || a.size(getBArgument(0) ? 1 : 2) != b.size(getBArgument(1) ? 2 : 1)) {
            throw new IllegalArgumentException("no product of " + Arrays.toString(a.shape())
                    + (getBArgument(0) ? ", transposed," : "") + " and " + Arrays.toString(b.shape())
                    + (getBArgument(1) ? ", transposed" : ""));
        }
        return List.of(new long[] {a.size(0), rows, columns});
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) -> onCpu(in.get(0), in.get(1), out.get(0)));
    }

    private void onCpu(Floats a, Floats b, Floats c) {
        var products = new Product[c.size(0)];
        for (int i = 0; i < products.length; i++) {
            products[i] = new Product(c.size(1), c.size(2), a.size(getBArgument(0) ? 1 : 2), transpose(0),
                    a.rowsOf(i, 0), transpose(1), b.rowsOf(i, 0), 0, c.rowsOf(i, 0));
        }
        Product.run(products);
    }

    private Transpose transpose(int factor) {
        return getBArgument(factor) ? Transpose.T : Transpose.N;
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> onGpu(in.get(0), in.get(1), out.get(0), gpu));
    }

    private void onGpu(DeviceArray a, DeviceArray b, DeviceArray c, Gpu gpu) {
        gpu.blas().multiply(c.size(0), c.size(1), c.size(2), a.size(getBArgument(0) ? 1 : 2), matrices(a, a, 0, gpu),
                matrices(b, a, 1, gpu), Precision.of(this, 0), 0,
                Matrix.of(c, 0, c.size(2), (long) c.size(1) * c.size(2)));
    }

    private Matrix matrices(DeviceArray factor, DeviceArray like, int index, Gpu gpu) {
        var of = Matrix.of(gpu.as(like.type(), factor), 0, factor.size(2), (long) factor.size(1) * factor.size(2));
        return getBArgument(index) ? of.transpose() : of;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var a = arg(0);
        var b = arg(1);
        var dc = gradients.get(0);
        boolean transposeA = getBArgument(0);
        boolean transposeB = getBArgument(1);
        var da = transposeA ? product(b, transposeB, dc, true) : product(dc, false, b, !transposeB);
        var db = transposeB ? product(dc, true, a, transposeA) : product(a, !transposeA, dc, false);
        return List.of(da, db);
    }

    private SDVariable product(SDVariable a, boolean transposeA, SDVariable b, boolean transposeB) {
        return new BatchedProductOp(a, transposeA, b, transposeB, getIArgument(0)).outputVariable();
    }
}
