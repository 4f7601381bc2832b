/**
 * DL4J layers of the xLSTM family for MultiLayerNetwork and ComputationGraph, on recurrent input
 * [minibatch, features, time]; and the base classes that give any SameDiff layer or vertex its exact gradient.
 */
package org.xlstm4j.layers;
