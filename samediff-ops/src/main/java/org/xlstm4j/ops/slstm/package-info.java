/**
 * The sLSTM: a scalar memory a unit with exponential input gate, whose gates read the hidden state of the step before
 * through a recurrent weight a head; as one op, and out of stock ops. Both compute the same function.
 */
package org.xlstm4j.ops.slstm;
