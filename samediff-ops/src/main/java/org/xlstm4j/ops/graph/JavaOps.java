package org.xlstm4j.ops.graph;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.nd4j.imports.converters.ImportClassMapping;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;

/** All {@link JavaOp}s on the class path, found as services, and ND4J's tables that must know them. */
final class JavaOps {
    private static final Map<String, JavaOp> BY_NAME = load();

    private JavaOps() {
    }

    private static Map<String, JavaOp> load() {
        var ops = new LinkedHashMap<String, JavaOp>();
        for (var op : ServiceLoader.load(JavaOp.class, JavaOp.class.getClassLoader())) {
            var other = ops.put(op.opName(), op);
            if (other != null) {
                throw new IllegalStateException(
                        "two ops are named " + op.opName() + ": " + other.getClass() + " and " + op.getClass());
            }
            // Graphs are loaded by this table.
            ImportClassMapping.getOpNameMapping().putIfAbsent(op.opName(), op);
        }
        return Collections.unmodifiableMap(ops);
    }

    /** The given operations and ours, by name. */
    static Map<String, CustomOpDescriptor> with(Map<String, CustomOpDescriptor> stock) {
        var all = new HashMap<>(stock);
        BY_NAME.forEach((name, op) -> all.put(name, op.getDescriptor()));
        return Collections.unmodifiableMap(all);
    }
}
