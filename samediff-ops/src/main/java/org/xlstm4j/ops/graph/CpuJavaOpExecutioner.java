package org.xlstm4j.ops.graph;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.cpu.nativecpu.ops.NativeOpExecutioner;

/** nd4j-native's executioner, for {@link JavaOp}s too. ND4J makes it by name; a subclass, for ND4J casts to its own class. */
public final class CpuJavaOpExecutioner extends NativeOpExecutioner implements JavaOpExecutioner {
    private Map<String, CustomOpDescriptor> operations;

    @Override
    public boolean isOnCpu() {
        return true;
    }

    @Override
    public INDArray[] exec(CustomOp op) {
        return op instanceof JavaOp own ? own.execute() : super.exec(op);
    }

    @Override
    public INDArray[] exec(CustomOp op, OpContext context) {
        if (!(op instanceof JavaOp own)) {
            return super.exec(op, context);
        }
        long started = profilingConfigurableHookIn(op, context);
        try {
            return own.execute(context);
        } finally {
            profilingConfigurableHookOut(op, context, started);
        }
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(CustomOp op) {
        return op instanceof JavaOp own ? own.calculateOutputShape() : super.calculateOutputShape(op);
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(CustomOp op, OpContext context) {
        return op instanceof JavaOp own ? own.calculateOutputShape(context) : super.calculateOutputShape(op, context);
    }

    @Override
    public synchronized Map<String, CustomOpDescriptor> getCustomOperations() {
        if (operations == null) {
            operations = JavaOps.with(super.getCustomOperations());
        }
        return operations;
    }
}
