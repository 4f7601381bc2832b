package org.xlstm4j.distill.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeSpec;

/** A tiny random teacher, a student of it, and documents of random tokens. */
public final class TinyTraining {
    public static final int TIME = 15;
    private static final int VOCAB = 23;

    private TinyTraining() {
    }

    public static ModelConfig config() {
        return new ModelConfig("llama", VOCAB, 12, 20, 2, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), true,
                Optional.empty());
    }

    public static CausalLm teacher() {
        return CausalLm.random(config(), 0.5, 1);
    }

    public static CausalLm student() {
        return StudentStart.from(teacher(), new HybridConfig(3, 1, 4));
    }

    /** Documents of 5 to 12 tokens, two rows a batch. */
    public static PackedDataset data(long seed) {
        var random = new Random(seed);
        var documents = new ArrayList<Tokens>();
        for (int i = 0; i < 12; i++) {
            documents.add(new Tokens(random.ints(5 + random.nextInt(8), 0, VOCAB).toArray(), 1));
        }
        return new PackedDataset(documents, new PackingOptions(TIME, 2, false, seed));
    }

    /** Every parameter's exact elements; ND4J's own equality allows differences. */
    public static Map<String, List<Float>> elements(CausalLm model) {
        var elements = new LinkedHashMap<String, List<Float>>();
        model.parameters().forEach((name, array) -> {
            var values = new ArrayList<Float>();
            for (float value : array.dup('c').data().asFloat()) {
                values.add(value);
            }
            elements.put(name, values);
        });
        return elements;
    }
}
