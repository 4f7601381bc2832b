package org.xlstm4j.bench;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.train.AdamW;
import org.xlstm4j.distill.train.AdamWOptions;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.distill.train.WarmupCosine;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.HeadLossSpec;
import org.xlstm4j.ops.loss.LossSum;

/**
 * A student from end to end: its logits, or a step of stage II, with losses, gradients and AdamW on all parameters.
 * Work is two operations a token and parameter that it is multiplied with, mixing left out.
 *
 * @param student the model; a case trains a copy
 * @param batch   rows
 * @param time    tokens a row
 * @param topK    teacher ids a token
 */
public record LanguageModelCase(CausalLm student, int batch, int time, int topK) implements Case {
    /** Its name among the operators. */
    public static final String OPERATOR = "language-model";
    private static final double LEARNING_RATE = 1e-5;

    @Override
    public String operator() {
        return OPERATOR;
    }

    @Override
    public String shape() {
        return batch + " × " + time + " tokens, " + student.parameterCount() + " parameters";
    }

    @Override
    public long tokens() {
        return (long) batch * time;
    }

    @Override
    public Work work(Direction direction) {
        return Work.of(direction, 2 * multiplied(student) * tokens(), student.parameterCount(), 0);
    }

    /** Parameters that tokens are multiplied with: all but a table that is only looked up in. */
    static double multiplied(CausalLm model) {
        var config = model.config();
        return model.parameterCount() - (config.tiedHead() ? 0 : (double) config.vocabSize() * config.hiddenSize());
    }

    @Override
    public Prepared prepare(Direction direction, DataType activations) {
        var model = student.copy();
        var lm = LmGraph.of(model, time, name -> true, activations);
        var layer = opsOfLayer(lm);
        var feed = feed(model.config());
        boolean fused = layer.stream().anyMatch(op -> op.getOp() instanceof JavaOp);
        if (direction == Direction.FORWARD) {
            var logits = lm.logits().name();
            return new Prepared(() -> {
                PlannedSession.use(lm.sameDiff());
                return Closed.of(lm.sameDiff().output(feed, logits));
            }, layer.size(), fused);
        }
        var graph = new LossGraph(loss(lm, model.config()), List.copyOf(model.parameters().keySet()));
        var optimizer = new AdamW(AdamWOptions.of(new WarmupCosine(LEARNING_RATE, LEARNING_RATE, 0, 1)),
                model.parameters());
        return new Prepared(() -> {
            var result = graph.run(feed);
            optimizer.step(result.gradients());
            graph.recycle(result);
            return result.loss();
        }, layer.size(), fused);
    }

    private SDVariable loss(LmGraph lm, ModelConfig config) {
        var sd = lm.sameDiff();
        int rows = batch * time;
        var head = sd.getVariable(config.tiedHead() ? ParameterNames.EMBEDDING : ParameterNames.HEAD);
        // The ids themselves as targets, and any teacher: what is predicted does not matter to the time.
        var targets = sd.getVariable(LmGraph.IDS).reshape(-1);
        var losses = HeadLoss.distillation(new HeadLossSpec(rows, config.vocabSize(), topK),
                lm.hidden().get(config.layers()), head, targets,
                sd.constant(HeadLossCase.distinctIds(rows, topK, config.vocabSize())),
                sd.constant(Nd4j.zeros(DataType.FLOAT, rows, topK)));
        return LossSum.of(List.of(new LossSum.Part(losses.crossEntropy(), 0.9),
                new LossSum.Part(losses.sparseKl(), 0.1)),
                sd.constant(Nd4j.valueArrayOf(new long[] {rows, 1}, 1.0 / rows, DataType.FLOAT)));
    }

    private Map<String, INDArray> feed(ModelConfig config) {
        var random = new Random(1);
        var positions = new int[batch * time];
        var segments = new int[batch * time];
        Arrays.setAll(positions, i -> i % time);
        Arrays.fill(segments, 1);
        return LmGraph.feed(new TokenBatch(batch, time, random.ints(batch * time, 0, config.vocabSize()).toArray(),
                positions, segments));
    }

    /** The ops of the second layer, to which nothing counts that all layers share. */
    private static Set<SameDiffOp> opsOfLayer(LmGraph lm) {
        var ops = opsBefore(lm.sameDiff(), lm.hidden().get(2));
        ops.removeAll(opsBefore(lm.sameDiff(), lm.hidden().get(1)));
        return ops;
    }

    private static Set<SameDiffOp> opsBefore(SameDiff sd, SDVariable variable) {
        var producers = sd.getOps().values().stream().flatMap(op -> op.getOutputsOfOp().stream()
                .map(output -> Map.entry(output, op))).collect(Collectors.toMap(Map.Entry::getKey,
                        Map.Entry::getValue));
        var found = new LinkedHashSet<SameDiffOp>();
        collect(variable.name(), producers, found);
        return found;
    }

    private static void collect(String variable, Map<String, SameDiffOp> producers, Set<SameDiffOp> found) {
        var op = producers.get(variable);
        if (op != null && found.add(op) && op.getInputsToOp() != null) {
            op.getInputsToOp().forEach(input -> collect(input, producers, found));
        }
    }
}
