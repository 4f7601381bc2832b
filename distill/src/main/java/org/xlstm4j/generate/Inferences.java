package org.xlstm4j.generate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.Inference;

/** Inferences over one model, so many at most, each lent to one call at a time; made when they are first needed. */
final class Inferences {
    private final CausalLm model;
    private final Semaphore places;
    private final Deque<Inference> idle = new ArrayDeque<>();

    Inferences(CausalLm model, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("at least 1 place is needed, not " + most);
        }
        this.model = model;
        this.places = new Semaphore(most, true);
    }

    /** Waits for one, in the order of asking; to be closed when it is no longer used. */
    Lent lend() throws InterruptedException {
        places.acquire();
        synchronized (idle) {
            var inference = idle.isEmpty() ? new Inference(model) : idle.pop();
            return new Lent(inference);
        }
    }

    /** An inference until it is given back. */
    final class Lent implements AutoCloseable {
        private Inference inference;

        private Lent(Inference inference) {
            this.inference = inference;
        }

        Inference inference() {
            return inference;
        }

        @Override
        public void close() {
            synchronized (idle) {
                if (inference == null) {
                    return;
                }
                idle.push(inference);
                inference = null;
            }
            places.release();
        }
    }
}
