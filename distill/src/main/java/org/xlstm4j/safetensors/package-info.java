/**
 * The safetensors format, read and written with every rule enforced; of use without the rest of this project.
 * {@link org.xlstm4j.safetensors.SafetensorsFile} reads, {@link org.xlstm4j.safetensors.SafetensorsWriter} writes.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">The format</a>
 */
package org.xlstm4j.safetensors;
