package org.xlstm4j.distill.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.CausalLm;

/**
 * What the optimiser moves: parameters of the student themselves, or the adapters of some. The student's arrays always
 * hold what it computes with, adapters merged in: gradients are taken of those and handed on by the chain rule.
 */
final class Trained {
    private final Map<String, INDArray> direct = new LinkedHashMap<>();
    private final List<Adapter> adapters = new ArrayList<>();

    private Trained() {
    }

    static Trained of(CausalLm student, DistillationOptions options) {
        var trained = new Trained();
        var parameters = student.parameters();
        var selected = options.trained().of(parameters.keySet());
        options.lora().ifPresent(lora -> {
            var random = new Random(options.seed());
            for (var name : new ParameterSelection(lora.projections(), List.of()).of(parameters.keySet())) {
                trained.adapters.add(Adapter.of(name, parameters.get(name), lora, random));
            }
        });
        var adapted = trained.adapters.stream().map(Adapter::name).toList();
        selected.stream().filter(name -> !adapted.contains(name))
                .forEach(name -> trained.direct.put(name, parameters.get(name)));
        return trained;
    }

    /** The student's parameters that gradients are needed of. */
    List<String> differentiated() {
        var names = new ArrayList<>(direct.keySet());
        adapters.forEach(adapter -> names.add(adapter.name()));
        return names;
    }

    /** The arrays that the optimiser moves, by name. */
    Map<String, INDArray> parameters() {
        var moved = new LinkedHashMap<>(direct);
        adapters.forEach(adapter -> {
            moved.put(adapter.nameOfA(), adapter.a());
            moved.put(adapter.nameOfB(), adapter.b());
        });
        return moved;
    }

    /** Gradients by {@link #parameters} of those by {@link #differentiated}. */
    Map<String, INDArray> gradients(Map<String, INDArray> ofStudent) {
        if (adapters.isEmpty()) {
            return ofStudent;
        }
        var gradients = new LinkedHashMap<>(ofStudent);
        for (var adapter : adapters) {
            var ofWeight = gradients.remove(adapter.name());
            gradients.put(adapter.nameOfA(), adapter.b().transpose().mmul(ofWeight).muli(adapter.scale()));
            gradients.put(adapter.nameOfB(), ofWeight.mmul(adapter.a().transpose()).muli(adapter.scale()));
        }
        return gradients;
    }

    /** The student's weights that training starts from and does not save: what is frozen, and beneath adapters. */
    Map<String, INDArray> fixed(CausalLm student) {
        var fixed = new TreeMap<>(student.parameters());
        fixed.keySet().removeAll(direct.keySet());
        adapters.forEach(adapter -> fixed.put(adapter.name(), adapter.start()));
        return fixed;
    }

    /** Brings the student up to date with what the optimiser has moved. */
    void update() {
        adapters.forEach(Adapter::merge);
    }

    /** What the model computes with now, to be put back with {@link #putBack}. */
    Map<String, INDArray> copy() {
        var copy = new TreeMap<String, INDArray>();
        parameters().forEach((name, array) -> copy.put(name, array.dup('c')));
        return copy;
    }

    void putBack(Map<String, INDArray> copy) {
        parameters().forEach((name, array) -> array.assign(copy.get(name)));
        update();
    }

    /**
     * An adapted projection.
     *
     * @param weight  the student's array, [out, in]: start + scale · b a
     * @param start   the projection before training
     */
    private record Adapter(String name, INDArray weight, INDArray start, INDArray a, INDArray b, double scale) {

        static Adapter of(String name, INDArray weight, LoraOptions lora, Random random) {
            if (weight.rank() != 2) {
                throw new IllegalArgumentException(name + " is no projection: adapters are for matrices");
            }
            int in = (int) weight.size(1);
            // b starts at zero: the first step is from the projection as it is.
            double bound = 1 / Math.sqrt(in);
            var values = new float[lora.rank() * in];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (bound * (2 * random.nextDouble() - 1));
            }
            return new Adapter(name, weight, weight.dup('c'),
                    Nd4j.createFromArray(values).reshape('c', lora.rank(), in).dup('c'),
                    Nd4j.zeros(weight.dataType(), weight.size(0), lora.rank()), lora.alpha() / lora.rank());
        }

        String nameOfA() {
            return name + ".lora_A";
        }

        String nameOfB() {
            return name + ".lora_B";
        }

        void merge() {
            weight.assign(b.mmul(a).muli(scale).addi(start));
        }
    }
}
