package org.xlstm4j.safetensors;

import java.util.Arrays;
import java.util.Optional;

/** Element types of safetensors files. */
public enum DType {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    /** Eight bits with 4 of exponent and 3 of fraction, without infinities; read, not converted to. */
    F8_E4M3(1, "float8_e4m3fn"),
    /** Eight bits with 5 of exponent and 2 of fraction; read, not converted to. */
    F8_E5M2(1, "float8_e5m2"),
    I64(8, "int64"),
    I32(4, "int32"),
    I16(2, "int16"),
    I8(1, "int8"),
    U64(8, "uint64"),
    U32(4, "uint32"),
    U16(2, "uint16"),
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
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> true;
            case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> false;
        };
    }

    static Optional<DType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
