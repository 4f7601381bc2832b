package org.xlstm4j.cli;

import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;

/** Types of activations as options name them. */
final class Activations {

    private Activations() {
    }

    /** @throws IllegalArgumentException if the name is another */
    static DataType type(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "float" -> DataType.FLOAT;
            case "bfloat16" -> DataType.BFLOAT16;
            case "half" -> DataType.HALF;
            default -> throw new IllegalArgumentException(
                    "activations must be float, bfloat16 or half, were \"" + name + "\"");
        };
    }
}
