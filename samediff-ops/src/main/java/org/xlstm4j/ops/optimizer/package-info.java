/**
 * The step of an optimiser over all parameters of a model: AdamW, composed of ND4J's calls or fused, for the CPU or
 * for a GPU. These are no ops of a graph: they update arrays in place.
 */
package org.xlstm4j.ops.optimizer;
