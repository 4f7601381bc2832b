package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Reductions;
import org.xlstm4j.ops.hybrid.CudaOutputGate.Part;

/**
 * The feature map of queries or keys, φ = softmax(x · W) a head. Numbers of 16 bits go through one kernel in either
 * direction, which backward has the output gate's part of x in it, too; others go through cuBLAS and kernels around it.
 *
 * @param part        whether x is q or k
 * @param x           [rows, sharedHeads · headDim]
 * @param weight      [heads, headDim, headDim]
 * @param sharedHeads of x; each is shared by neighbouring heads
 */
record CudaFeatureMap(CudaMixer mixer, Part part, DeviceArray x, DeviceArray weight, int sharedHeads) {
    /** What the kernels' tiles are, in tokens, and how wide heads can be. */
    private static final int FORWARD_TOKENS = 128;
    private static final int BACKWARD_TOKENS = 64;
    private static final int BACKWARD_THREADS = 512;
    private static final int MOST_WIDTH = 128;
    /** Numbers between rows of tiles in shared memory. */
    private static final int PADDING = 8;

    static CudaFeatureMap ofQueries(CudaMixer mixer, Operands<DeviceArray> in) {
        return new CudaFeatureMap(mixer, Part.QUERY, in.query(), in.queryFeatures(), mixer.heads());
    }

    static CudaFeatureMap ofKeys(CudaMixer mixer, Operands<DeviceArray> in) {
        return new CudaFeatureMap(mixer, Part.KEY, in.key(), in.keyFeatures(), mixer.spec().keyValueHeads());
    }

    /** φ, [rows, heads · headDim], in scratch memory. */
    DeviceArray forward() {
        var features = mixer.rowsOfHeads();
        int shared = 2 * (mixer.headDim() + PADDING) * (mixer.headDim() + 2 * FORWARD_TOKENS);
        if (isOneKernel(shared)) {
            int blocks = blocks(FORWARD_TOKENS, 2 * mixer.gpu().device().multiprocessors() / mixer.heads());
            mixer.gpu().launch("hybrid/features.cu", mixer.defines(), "features",
                    Grid.of(blocks, mixer.heads(), CudaMixer.THREADS).withShared(shared), x, weight, features,
                    sharedHeads, mixer.rows());
            return features;
        }
        int width = mixer.headDim();
        var rounded = mixer.gpu().as(mixer.element(), weight);
        for (int i = 0; i < group(); i++) {
            multiply(mixer.rows(), width, ofShared(x), matricesOf(rounded, i), 0, ofHeads(features, i));
        }
        int count = mixer.rows() * mixer.heads();
        mixer.launch("feature_softmax", mixer.teams(count), features, count);
        return features;
    }

    /**
     * Adds to the gradient of x what comes through its features and its part of the output gate, and writes the map's.
     *
     * @param dFeatures overwritten
     */
    void backward(DeviceArray features, DeviceArray dFeatures, CudaOutputGate.Gradient gate, DeviceArray dx,
                  DeviceArray dWeight) {
        int width = mixer.headDim();
        int stage = BACKWARD_TOKENS * (4 * 2 * (width + PADDING) + Float.BYTES);
        int shared = 2 * stage + width * (2 * (width + PADDING) + Float.BYTES);
        if (width % 32 != 0 || !isOneKernel(shared)) {
            backwardByProducts(features, dFeatures, gate, dx, dWeight);
            return;
        }
        int blocks = blocks(BACKWARD_TOKENS, mixer.gpu().device().multiprocessors() / sharedHeads);
        var sums = mixer.gpu().scratch(DataType.FLOAT, blocks, dWeight.length());
        mixer.gpu().launch("hybrid/feature_gradient.cu", mixer.defines(), "feature_gradient",
                Grid.of(blocks, sharedHeads, BACKWARD_THREADS).withShared(shared), x, weight, gate.weight(part),
                features, dFeatures, gate.dLogits, dx, sums, gate.dWeight(part), mixer.heads(),
                mixer.spec().time(), mixer.rows());
        Reductions.sumColumns(sums, dWeight, mixer.gpu());
    }

    private void backwardByProducts(DeviceArray features, DeviceArray dFeatures, CudaOutputGate.Gradient gate,
                                    DeviceArray dx, DeviceArray dWeight) {
        gate.add(part, x, null, dx);
        int count = mixer.rows() * mixer.heads();
        mixer.launch("feature_softmax_gradient", mixer.teams(count), dFeatures, features, count);
        var rounded = mixer.gpu().as(mixer.element(), weight);
        boolean direct = dWeight.type() == mixer.element() || dWeight.type() == DataType.FLOAT;
        var products = direct ? dWeight : mixer.gpu().scratch(DataType.FLOAT, dWeight.length());
        for (int i = 0; i < group(); i++) {
            var du = ofHeads(dFeatures, i);
            multiply(mixer.rows(), mixer.headDim(), du, matricesOf(rounded, i).transpose(), 1, ofShared(dx));
            multiply(mixer.headDim(), mixer.rows(), ofShared(x).transpose(), du, 0, matricesOf(products, i));
        }
        if (products != dWeight) {
            mixer.gpu().copy(mixer.gpu().as(dWeight.type(), products), dWeight);
        }
    }

    private boolean isOneKernel(int sharedBytes) {
        var device = mixer.gpu().device();
        return mixer.element().width() == 2 && mixer.headDim() % 16 == 0 && mixer.headDim() <= MOST_WIDTH
                && device.hasTensorCores() && sharedBytes <= device.sharedBytes();
    }

    /** So many blocks a head that all run at once, but no more than there are tiles, or parts in sums. */
    private int blocks(int tokens, int atOnce) {
        return (int) Math.max(1, Math.min(Math.min(CudaMixer.PARTS, atOnce), Grid.blocks(mixer.rows(), tokens)));
    }

    private int group() {
        return mixer.heads() / sharedHeads;
    }

    /** A product for the same head of every group. */
    private void multiply(int rows, int depth, Matrix a, Matrix b, float scale, Matrix c) {
        mixer.gpu().blas().multiply(sharedHeads, rows, mixer.headDim(), depth, a, b, mixer.precision(), scale, c);
    }

    /** Each of the shared heads of rows. */
    private Matrix ofShared(DeviceArray rows) {
        return Matrix.of(rows, 0, sharedHeads * mixer.headDim(), mixer.headDim());
    }

    /** The same head of every group, of rows of all heads. */
    private Matrix ofHeads(DeviceArray rows, int index) {
        return Matrix.of(rows, (long) index * mixer.headDim(), mixer.heads() * mixer.headDim(),
                (long) group() * mixer.headDim());
    }

    /** The same head of every group, of a matrix a head. */
    private Matrix matricesOf(DeviceArray matrices, int index) {
        long size = (long) mixer.headDim() * mixer.headDim();
        return Matrix.of(matrices, index * size, mixer.headDim(), group() * size);
    }
}
