package org.xlstm4j.ops.cuda;

import org.bytedeco.javacpp.Pointer;

/** A pointer to a place in memory that belongs to somebody else. */
final class Address extends Pointer {

    Address(long address) {
        this.address = address;
    }
}
