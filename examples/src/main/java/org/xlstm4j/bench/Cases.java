package org.xlstm4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.attention.AttentionSpec.Window;
import org.xlstm4j.ops.rope.RopeSpec;

/** The operators' cases at the sizes of a small model: one sequence, 8 heads of 64. */
public final class Cases {
    private static final Heads HEADS = new Heads(1, 8, 64);
    private static final Window WINDOW = new Window(256, 4);
    private static final int TIME = 2048;
    private static final int LONG_TIME = 8192;
    private static final int WIDTH = 512;
    private static final int INTERMEDIATE = 1408;
    private static final int VOCAB_SIZE = 32_000;
    private static final int GPU_TOKENS = 65_536;
    private static final int GPU_ROWS = 16_384;
    private static final int GPU_WIDTH = 1024;
    private static final int GPU_INTERMEDIATE = 2816;

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

    /** The operators at sizes that fill a large GPU: 65,536 tokens of 32 heads of 128, and a model 1024 wide. */
    public static List<Case> onGpu(List<Integer> times) {
        var cases = new ArrayList<Case>();
        var window = new Window(512, 4);
        lengths(times, 4096, 16_384).forEach(time -> cases.add(new MlstmCase(gpuHeads(time), time, false)));
        lengths(times, 4096).forEach(time -> cases.add(new AttentionCase(gpuHeads(time), time, window)));
        lengths(times, 4096).forEach(time -> cases.add(new AttentionCase(gpuHeads(time), time, null)));
        lengths(times, 1024).forEach(time -> cases.add(
                new HybridCase(new Heads(Math.max(1, GPU_ROWS / time), 8, 128), time, window)));
        lengths(times, 4096).forEach(time -> cases.add(new RopeCase(gpuHeads(time), time)));
        cases.add(new RmsNormCase(GPU_ROWS, GPU_WIDTH));
        cases.add(new LinearCase(4096, 4096));
        for (var products : List.of(new ProductCase(1, 1, 4096), new ProductCase(100, 64, 128))) {
            cases.add(products);
            cases.add(new CublasCase(products));
        }
        cases.add(new SwiGluCase(GPU_ROWS, GPU_WIDTH, GPU_INTERMEDIATE));
        cases.add(new EmbeddingCase(GPU_ROWS, GPU_WIDTH, VOCAB_SIZE));
        cases.add(new HeadLossCase(GPU_ROWS, GPU_WIDTH, VOCAB_SIZE, 64));
        return cases;
    }

    /** The student of {@link #gpuStudent}, decoding. */
    public static Case gpuDecoding() {
        return new DecodingCase(gpuStudent().student(), 600);
    }

    private static Heads gpuHeads(int time) {
        return new Heads(Math.max(1, GPU_TOKENS / time), 32, 128);
    }

    /** A student 1024 wide with 6 layers, on 16 × 1024 tokens. */
    public static LanguageModelCase gpuStudent() {
        var config = new ModelConfig("llama", VOCAB_SIZE, GPU_WIDTH, GPU_INTERMEDIATE, 6, 8, 8, 128, 4096, 1e-6,
                RopeSpec.of(128, 10_000), false, Optional.of(HybridConfig.of(512, 4)));
        return new LanguageModelCase(CausalLm.random(config, 0.02, 1), 16, GPU_ROWS / 16, 64);
    }

    private static List<Integer> lengths(List<Integer> chosen, Integer... usual) {
        return chosen.isEmpty() ? List.of(usual) : chosen;
    }
}
