/**
 * What CPU kernels are made of: float32 arrays in native memory, products through BLAS, loops that the JIT compiler
 * vectorises, and work spread over threads with memory of their own that is used again and again.
 */
package org.xlstm4j.ops.cpu;
