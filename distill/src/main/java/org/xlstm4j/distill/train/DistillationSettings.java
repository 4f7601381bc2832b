package org.xlstm4j.distill.train;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.xlstm4j.distill.resume.RunSettings;
import org.xlstm4j.model.CausalLm;

/** All that decides what stage II yields, for a checkpoint to be gone on from with the same. */
final class DistillationSettings {

    private DistillationSettings() {
    }

    static RunSettings of(CausalLm student, TargetSource source, DistillationOptions options, Trained trained,
                          Optional<HeldOutOptions> heldOut) throws IOException {
        var settings = new TreeMap<>(Map.of(
                "stage", "distillation",
                "student", student.config().toString(),
                "targets", source.description(),
                "batch", Integer.toString(options.batch()),
                "accumulate", Integer.toString(options.accumulate()),
                "cross-entropy weight", Double.toString(options.crossEntropyWeight()),
                "KL weight", Double.toString(options.klWeight()),
                "seed", Long.toString(options.seed()),
                "activations", options.activations().toString(),
                "bad steps", Integer.toString(options.badSteps())));
        settings.put("divergence", options.divergence().toString());
        settings.put("recompute", Integer.toString(options.recompute()));
        settings.putAll(options.optimizer().settings());
        settings.put("trained", options.trained().toString());
        settings.put("lora", options.lora().map(LoraOptions::toString).orElse("none"));
        settings.put("fixed weights", RunSettings.checksum(trained.fixed(student)));
        settings.put("held out", heldOut.map(DistillationSettings::describe).orElse("none"));
        return new RunSettings(settings);
    }

    private static String describe(HeldOutOptions heldOut) {
        var rows = heldOut.batches().stream().map(batch -> Integer.toHexString(Arrays.hashCode(batch.ids())))
                .collect(Collectors.joining(" "));
        return "every " + heldOut.every() + " steps, patience " + heldOut.patience() + ", rows "
                + Integer.toHexString(rows.hashCode());
    }
}
