package org.xlstm4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.cuda.DeviceTimer;

/** Runs cases on a GPU: an operator's own kernels between two marks on the GPU's clock, a model as training runs it. */
public final class DeviceBench {
    private static final int WARM_UP = 3;

    private final List<Case> cases;
    private final List<DataType> types;
    private final int calls;

    /**
     * @param types of activations
     * @param calls how often each is timed
     */
    public DeviceBench(List<Case> cases, List<DataType> types, int calls) {
        this.cases = List.copyOf(cases);
        this.types = List.copyOf(types);
        this.calls = calls;
    }

    /** The number of rows. */
    public int rows() {
        return types.size() * cases.stream().mapToInt(of -> of.directions().size()).sum();
    }

    /** Measures all rows. */
    public List<Measurement> run(OperatorBench.Listener listener) {
        var measurements = new ArrayList<Measurement>();
        int row = 0;
        for (var of : cases) {
            for (var direction : of.directions()) {
                for (var type : types) {
                    var what = of.operator() + " " + of.shape() + ", " + name(type) + ", " + direction.text();
                    listener.begun(row++, what);
                    try {
                        measurements.add(measure(of, direction, type));
                    } catch (RuntimeException e) {
                        listener.failed(what, e);
                    }
                    // What a case leaves on the GPU is freed by the garbage collector alone.
                    System.gc();
                }
            }
        }
        return measurements;
    }

    private Measurement measure(Case of, Direction direction, DataType type) {
        var timing = Form.with(Form.CUDA, () -> of instanceof OperatorCase operator
                ? ofKernels(operator, direction, type) : ofCalls(of.prepare(direction, type)));
        return new Measurement(of.operator(), of.shape() + " " + name(type), Form.CUDA, direction, 0, of.tokens(),
                of.work(direction).inType(type), timing, 0, 0);
    }

    private Timing ofKernels(OperatorCase of, Direction direction, DataType type) {
        try (var run = DeviceRun.of(of, direction, type)) {
            return time(run::run);
        }
    }

    private Timing ofCalls(Case.Prepared prepared) {
        try (AutoCloseable ignored = prepared.call() instanceof AutoCloseable closeable ? closeable : () -> { }) {
            return time(() -> call(prepared.call()));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void call(Callable<?> call) {
        try {
            call.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Timing time(Runnable work) {
        for (int i = 0; i < WARM_UP; i++) {
            work.run();
        }
        var millis = new double[calls];
        for (int i = 0; i < calls; i++) {
            millis[i] = DeviceTimer.millis(work);
        }
        return Timing.of(millis);
    }

    private static String name(DataType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
