package org.xlstm4j.ops.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * Tests of CUDA forms: skipped where ND4J does not run on a GPU. Products of float32 are exact to float32 in them,
 * unless a test says otherwise.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith({OnGpu.Condition.class, OnGpu.Exactness.class})
public @interface OnGpu {

    /** Whether there is a GPU. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return !JavaOp.canRun() || JavaOp.isOnCpu()
                    ? ConditionEvaluationResult.disabled("there is no GPU: ND4J runs on the CPU")
                    : ConditionEvaluationResult.enabled("ND4J runs on a GPU");
        }
    }

    /** Switches tensor cores off for float32. */
    final class Exactness implements BeforeAllCallback, AfterAllCallback {
        private String before;

        @Override
        public void beforeAll(ExtensionContext context) {
            before = System.getProperty(Precision.PROPERTY);
            System.setProperty(Precision.PROPERTY, Precision.FLOAT32.name());
        }

        @Override
        public void afterAll(ExtensionContext context) {
            if (before == null) {
                System.clearProperty(Precision.PROPERTY);
            } else {
                System.setProperty(Precision.PROPERTY, before);
            }
        }
    }
}
