/**
 * A model over HTTP, in the format of OpenAI's completions and chat completions, by
 * {@link org.xlstm4j.serve.CompletionServer}.
 */
package org.xlstm4j.serve;
