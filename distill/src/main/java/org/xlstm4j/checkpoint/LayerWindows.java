package org.xlstm4j.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.xlstm4j.model.SlidingLayers;
import org.xlstm4j.ops.rope.RopeSpec;

/** Which layers of config.json have a sliding window, as Hugging Face's transformers reads it. */
final class LayerWindows {
    private static final String WINDOW = "sliding_window";
    private static final String TYPES = "layer_types";
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";
    private static final OptionalInt DEFAULT_WINDOW = OptionalInt.of(4096);
    private static final int DEFAULT_MAX_WINDOW_LAYERS = 28;

    private final Settings settings;
    private final Family family;
    private final int layers;

    LayerWindows(Settings settings, Family family, int layers) {
        this.settings = settings;
        this.family = family;
        this.layers = layers;
    }

    /** The layers with a window, whose RoPE is {@code rope}. */
    Optional<SlidingLayers> read(RopeSpec rope) throws CheckpointException {
        var window = window();
        var sliding = settings.has(TYPES) ? typed(window) : byRule(window);
        return sliding.isEmpty() ? Optional.empty()
                : Optional.of(new SlidingLayers(sliding, window.orElseThrow(), rope));
    }

    /** The width of the windows, empty where there are none. */
    private OptionalInt window() throws CheckpointException {
        return switch (family.layers().windows()) {
            case NONE -> {
                if (settings.has(WINDOW)) {
                    throw new UnsupportedModelException(settings.file() + ": '" + WINDOW + "' is "
                            + settings.json().get(WINDOW) + ", but " + family.modelType() + " models have no windows");
                }
                yield OptionalInt.empty();
            }
            case UPPER_LAYERS -> settings.flag("use_sliding_window", false)
                    ? settings.integer(WINDOW, DEFAULT_WINDOW) : OptionalInt.empty();
            case EVERY_LAYER, THREE_OF_FOUR_LAYERS -> settings.integer(WINDOW, DEFAULT_WINDOW);
        };
    }

    /** The layers with a window where nothing names them one by one. */
    private List<Integer> byRule(OptionalInt window) throws CheckpointException {
        int first = settings.integer("max_window_layers", DEFAULT_MAX_WINDOW_LAYERS);
        var rule = family.layers().windows();
        var sliding = IntStream.range(0, layers).filter(layer -> switch (rule) {
            case NONE -> false;
            case EVERY_LAYER -> window.isPresent();
            case UPPER_LAYERS -> window.isPresent() && layer >= first;
            case THREE_OF_FOUR_LAYERS -> (layer + 1) % 4 != 0;
        }).boxed().toList();
        return requireWindow(sliding, window);
    }

    /** The layers that {@code layer_types} gives a window. */
    private List<Integer> typed(OptionalInt window) throws CheckpointException {
        var types = settings.texts(TYPES);
        if (types.size() != layers) {
            throw new CheckpointException(settings.file() + ": '" + TYPES + "' has " + types.size()
                    + " entries for " + layers + " layers");
        }
        for (var type : types) {
            if (!type.equals(SLIDING) && !type.equals(FULL)) {
                throw new UnsupportedModelException(settings.file() + ": layer type '" + type
                        + "' is not supported; supported are " + FULL + ", " + SLIDING);
            }
        }
        var sliding = IntStream.range(0, layers).filter(layer -> types.get(layer).equals(SLIDING)).boxed().toList();
        boolean fixed = family.layers().windows() == Family.Windows.NONE
                || family.layers().windows() == Family.Windows.EVERY_LAYER;
        if (fixed && !sliding.equals(byRule(window))) {
            throw new UnsupportedModelException(settings.file() + ": '" + TYPES + "' is " + types + ", but in "
                    + family.modelType() + " models " + (window.isPresent() ? "every layer has" : "no layer has")
                    + " a sliding window" + (window.isPresent() ? " of " + window.getAsInt() : ""));
        }
        return requireWindow(sliding, window);
    }

    private List<Integer> requireWindow(List<Integer> sliding, OptionalInt window) throws CheckpointException {
        if (!sliding.isEmpty() && window.isEmpty()) {
            throw new CheckpointException(settings.file() + ": layers " + sliding
                    + " have a sliding window, but '" + WINDOW + "' is not given or not in use");
        }
        return sliding;
    }
}
