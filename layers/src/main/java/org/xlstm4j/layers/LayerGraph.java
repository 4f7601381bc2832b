package org.xlstm4j.layers;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.ExternalErrorsFunction;

/**
 * What DL4J keeps of a layer's graph.
 *
 * @param sameDiff the graph
 * @param output   its output
 * @param upstream where the gradient of the output goes in
 */
record LayerGraph(SameDiff sameDiff, SDVariable output, ExternalErrorsFunction upstream) {
}
