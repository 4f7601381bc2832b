package org.xlstm4j.checkpoint;

import java.util.Set;
import java.util.TreeSet;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The rotary position embeddings of config.json: in the older style {@code rope_theta} and {@code rope_scaling}, in the
 * newer one {@code rope_parameters}, for all layers or by layer type.
 */
final class RopeJson {
    private static final String OLDER = "rope_scaling";
    private static final String NEWER = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String PARTIAL = "partial_rotary_factor";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    private final Settings settings;
    private final Family family;
    private final int headDim;
    private final int maxPositions;

    RopeJson(Settings settings, Family family, int headDim, int maxPositions) {
        this.settings = settings;
        this.family = family;
        this.headDim = headDim;
        this.maxPositions = maxPositions;
    }

    /**
     * The embeddings by the type of the layer.
     *
     * @param full    of layers that see everything before them
     * @param sliding of layers with a sliding window
     */
    record Ropes(RopeSpec full, RopeSpec sliding) {
    }

    Ropes read() throws CheckpointException {
        requireWhole(settings);
        // Where both are given, transformers takes the older one.
        var name = settings.has(OLDER) && !settings.object(OLDER).json().isEmpty() ? OLDER : NEWER;
        double theta = settings.real(THETA, family.defaults().ropeTheta());
        if (!settings.has(name)) {
            var plain = RopeSpec.of(headDim, theta);
            return new Ropes(plain, plain);
        }
        var group = settings.object(name);
        if (group.has(FULL) || group.has(SLIDING)) {
            return byType(name, group, theta);
        }
        var all = spec(group, theta);
        if (family.layers().windows() != Family.Windows.THREE_OF_FOUR_LAYERS) {
            return new Ropes(all, all);
        }
        if (name.equals(NEWER) && !(all.scaling() instanceof RopeScaling.None)) {
            throw new UnsupportedModelException(settings.file() + ": '" + NEWER + "' of " + family.modelType()
                    + " models scale by layer type; put them under '" + FULL + "' and '" + SLIDING + "'");
        }
        return new Ropes(all, RopeSpec.of(headDim, all.theta()));
    }

    private Ropes byType(String name, Settings group, double theta) throws CheckpointException {
        var others = new TreeSet<String>();
        group.json().fieldNames().forEachRemaining(others::add);
        others.removeAll(Set.of(FULL, SLIDING));
        others.removeIf(other -> !group.has(other));
        if (!others.isEmpty()) {
            throw new UnsupportedModelException(settings.file() + ": '" + name + "' by layer type has " + others
                    + "; supported are " + FULL + ", " + SLIDING);
        }
        var full = group.has(FULL) ? spec(group.object(FULL), theta) : RopeSpec.of(headDim, theta);
        var sliding = group.has(SLIDING) ? spec(group.object(SLIDING), theta) : RopeSpec.of(headDim, theta);
        return new Ropes(full, sliding);
    }

    private RopeSpec spec(Settings rope, double theta) throws CheckpointException {
        requireWhole(rope);
        var type = rope.text("rope_type", rope.text("type", "default"));
        var scaling = switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(rope.real("factor"));
            case "llama3" -> new RopeScaling.Llama3(rope.real("factor"), rope.real("low_freq_factor"),
                    rope.real("high_freq_factor"), originalPositions(rope));
            case "yarn" -> yarn(rope);
            default -> throw new UnsupportedModelException(settings.file() + ": RoPE type '" + type
                    + "' is not supported; supported are default, linear, llama3, yarn");
        };
        return new RopeSpec(headDim, rope.real(THETA, theta), scaling);
    }

    private RopeScaling.Yarn yarn(Settings rope) throws CheckpointException {
        int original = originalPositions(rope);
        double factor = rope.real("factor", (double) maxPositions / original);
        double mscale = rope.real("mscale", 0);
        double mscaleAllDim = rope.real("mscale_all_dim", 0);
        double attentionFactor = mscale != 0 && mscaleAllDim != 0
                ? RopeScaling.Yarn.attentionFactor(factor, mscale, mscaleAllDim)
                : RopeScaling.Yarn.attentionFactor(factor);
        return new RopeScaling.Yarn(factor, rope.real("beta_fast", RopeScaling.Yarn.FAST_TURNS),
                rope.real("beta_slow", RopeScaling.Yarn.SLOW_TURNS), rope.real("attention_factor", attentionFactor),
                original, rope.flag("truncate", true));
    }

    private int originalPositions(Settings rope) throws CheckpointException {
        return settings.integer(ORIGINAL, rope.integer(ORIGINAL, maxPositions));
    }

    private void requireWhole(Settings rope) throws CheckpointException {
        if (rope.real(PARTIAL, 1) != 1) {
            throw new UnsupportedModelException(
                    settings.file() + ": '" + PARTIAL + "' is not supported; the whole head must be rotated");
        }
    }
}
