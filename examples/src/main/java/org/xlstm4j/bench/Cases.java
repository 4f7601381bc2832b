package org.xlstm4j.bench;

import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.ops.attention.AttentionSpec.Window;

/** The operators' cases at the sizes of a small model: one sequence, 8 heads of 64. */
public final class Cases {
    private static final Heads HEADS = new Heads(8, 64);
    private static final Window WINDOW = new Window(256, 4);
    private static final int TIME = 2048;
    private static final int LONG_TIME = 8192;
    private static final int WIDTH = 512;
    private static final int INTERMEDIATE = 1408;
    private static final int VOCAB_SIZE = 32_000;

    private Cases() {
    }

    /**
     * All operators.
     *
     * @param times lengths of the sequence operators; their own where there are none
     */
    public static List<Case> operators(List<Integer> times) {
        var cases = new ArrayList<Case>();
        lengths(times, TIME, LONG_TIME).forEach(time -> cases.add(new MlstmCase(HEADS, time, false)));
        lengths(times, TIME).forEach(time -> cases.add(new MlstmCase(HEADS, time, true)));
        lengths(times, TIME / 2, TIME, 2 * TIME, LONG_TIME)
                .forEach(time -> cases.add(new AttentionCase(HEADS, time, WINDOW)));
        lengths(times, TIME).forEach(time -> cases.add(new AttentionCase(HEADS, time, null)));
        lengths(times, TIME).forEach(time -> cases.add(new HybridCase(HEADS, time, WINDOW)));
        lengths(times, TIME).forEach(time -> cases.add(new RopeCase(HEADS, time)));
        cases.add(new RmsNormCase(TIME, WIDTH));
        cases.add(new LinearCase(TIME, WIDTH));
        cases.add(new SwiGluCase(TIME, WIDTH, INTERMEDIATE));
        cases.add(new EmbeddingCase(TIME, WIDTH, VOCAB_SIZE));
        cases.add(new HeadLossCase(TIME / 2, WIDTH, VOCAB_SIZE, 64));
        cases.add(new MlstmStepCase(HEADS));
        cases.add(new AttentionStepCase(HEADS, TIME));
        return cases;
    }

    private static List<Integer> lengths(List<Integer> chosen, Integer... usual) {
        return chosen.isEmpty() ? List.of(usual) : chosen;
    }
}
