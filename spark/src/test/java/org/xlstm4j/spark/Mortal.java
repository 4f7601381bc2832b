package org.xlstm4j.spark;

import java.io.IOException;
import org.apache.spark.TaskContext;

/** Work whose first attempts die: of every second part before it begins, of the others after all of it is done. */
final class Mortal {
    private Mortal() {
    }

    static String diesOnce(String part) throws IOException {
        var task = TaskContext.get();
        boolean isFirst = task.attemptNumber() == 0;
        if (isFirst && task.partitionId() % 2 == 0) {
            throw new IllegalStateException("died before");
        }
        var result = PartJson.run(part);
        if (isFirst) {
            throw new IllegalStateException("died after");
        }
        return result;
    }

    static String alwaysDies(String part) throws IOException {
        PartJson.run(part);
        throw new IllegalStateException("died again of " + part.length() + " characters");
    }

    static String finishesAllButTheLast(String part) throws IOException {
        if (TaskContext.get().partitionId() == TaskContext.get().numPartitions() - 1) {
            throw new IllegalStateException("died");
        }
        return PartJson.run(part);
    }
}
