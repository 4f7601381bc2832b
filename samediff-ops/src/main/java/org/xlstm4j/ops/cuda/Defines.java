package org.xlstm4j.ops.cuda;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** What a kernel's source is compiled for: types and numbers that it takes as macros. */
public final class Defines {
    private final List<String> options;

    private Defines(List<String> options) {
        this.options = options;
    }

    /** No macros. */
    public static Defines none() {
        return new Defines(Collections.emptyList());
    }

    /** {@code Element}, the type of activations, and {@code Weight}, that of parameters. */
    public static Defines of(DataType element, DataType weight) {
        return none().with("Element", element).with("Weight", weight);
    }

    /** These and a type. */
    public Defines with(String name, DataType type) {
        return with(name, nameOf(type));
    }

    /** These and a number. */
    public Defines with(String name, int value) {
        return with(name, Integer.toString(value));
    }

    private Defines with(String name, String value) {
        var all = new ArrayList<>(options);
        all.add("-D" + name + "=" + value);
        return new Defines(all);
    }

    private static String nameOf(DataType type) {
        return switch (type) {
            case FLOAT -> "float";
            case DOUBLE -> "double";
            case BFLOAT16 -> "bf16";
            case HALF -> "fp16";
            case INT -> "int";
            case LONG -> "long long";
            default -> throw new IllegalArgumentException("there are no CUDA kernels for arrays of type " + type
                    + ": use FLOAT, BFLOAT16 or HALF");
        };
    }

    List<String> options() {
        return options;
    }
}
