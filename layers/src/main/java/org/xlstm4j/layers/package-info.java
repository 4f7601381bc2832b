/**
 * DL4J layers of the xLSTM family for MultiLayerNetwork and ComputationGraph, on recurrent input
 * [minibatch, features, time], with the state that DL4J's LSTM has; and the base classes that give any SameDiff layer,
 * recurrent layer or vertex its exact gradient.
 */
package org.xlstm4j.layers;
