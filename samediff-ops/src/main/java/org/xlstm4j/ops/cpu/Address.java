package org.xlstm4j.ops.cpu;

import org.bytedeco.javacpp.FloatPointer;

/** A pointer that moves, so that no object is made for every address that a native call takes. */
final class Address extends FloatPointer {

    Address at(long place) {
        address = place;
        return this;
    }
}
