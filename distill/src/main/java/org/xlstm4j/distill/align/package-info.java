/**
 * Stage I: every student layer's mixer learns to give what its teacher's attention gives, fed with the teacher's own
 * hidden states. {@link org.xlstm4j.distill.align.Alignment} is the entry point.
 */
package org.xlstm4j.distill.align;
