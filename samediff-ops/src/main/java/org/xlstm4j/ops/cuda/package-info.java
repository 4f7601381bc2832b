/**
 * What CUDA forms of operators are written with: kernels compiled for the GPU at hand and launched on ND4J's stream
 * over ND4J's arrays, products by cuBLAS, and scratch memory. {@link org.xlstm4j.ops.cuda.CudaCall} is the way in.
 */
package org.xlstm4j.ops.cuda;
