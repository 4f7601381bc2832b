package org.xlstm4j.checkpoint;

import java.util.Arrays;
import java.util.Optional;

/** Element types of safetensors files. */
public enum DType {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    I64(8, "int64"),
    I32(4, "int32"),
    I16(2, "int16"),
    I8(1, "int8"),
    U8(1, "uint8"),
    BOOL(1, "bool");

    private final int bytes;
    private final String configName;

    DType(int bytes, String configName) {
        this.bytes = bytes;
        this.configName = configName;
    }

    /** Bytes of one element, which is also its alignment. */
    public int bytes() {
        return bytes;
    }

    /** The name that config.json uses, such as {@code bfloat16}. */
    public String configName() {
        return configName;
    }

    /** Whether elements are floating-point numbers. */
    public boolean isFloat() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, I16, I8, U8, BOOL -> false;
        };
    }

    static Optional<DType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
