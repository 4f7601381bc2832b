package org.xlstm4j.distill.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LayersGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.SessionMemory;
import org.xlstm4j.ops.loss.HeadLossSpec;

/**
 * A student in segments of layers, of whose activations only what passes between them is kept: each segment is
 * computed a second time when its gradients are due. The gradients are those of {@link WholeStudent}.
 */
final class SegmentedStudent implements StudentLoss {
    private static final String LAST = "last";

    private final SessionMemory memory = new SessionMemory();
    private final List<Segment> segments = new ArrayList<>();
    private final SameDiff headGraph = SameDiff.create();
    private final String headName;
    private final Head head;
    private final LossGraph loss;
    private final List<String> differentiated;
    /** What takes back the gradients of a run's parameters. */
    private final List<Runnable> recycling = new ArrayList<>();

    SegmentedStudent(CausalLm student, int time, HeadLossSpec spec, DistillationOptions options,
                     List<String> differentiated) {
        var config = student.config();
        this.differentiated = List.copyOf(differentiated);
        this.headName = config.tiedHead() ? ParameterNames.EMBEDDING : ParameterNames.HEAD;
        var last = headGraph.placeHolder(LAST, options.activations(), -1, config.hiddenSize());
        var weights = student.parameters().get(headName);
        var headWeights = differentiated.contains(headName) ? headGraph.var(headName, weights)
                : headGraph.constant(headName, weights);
        if (headWeights.getArr() != weights) {
            throw new IllegalStateException(headName + " was copied into the graph: training would not reach it");
        }
        this.head = Head.of(headGraph, last, headWeights, spec, options);
        boolean passesOn = false;
        for (int from = 0; from < config.layers(); from += options.recompute()) {
            int to = Math.min(from + options.recompute(), config.layers());
            var segment = new Segment(student, from, to, time, options.activations(), differentiated, passesOn,
                    memory);
            segments.add(segment);
            passesOn |= segment.hasGradients();
        }
        var ofHead = new ArrayList<String>();
        if (differentiated.contains(headName)) {
            ofHead.add(headName);
        }
        if (passesOn) {
            ofHead.add(LAST);
        }
        this.loss = new LossGraph(memory, head.loss(), ofHead);
    }

    /** What enters each segment, and last what the head reads. */
    private List<LayersGraph.Stream> forward(TokenBatch batch) {
        var streams = new ArrayList<LayersGraph.Stream>();
        streams.add(null);
        for (var segment : segments) {
            streams.add(segment.forward(batch, streams.get(streams.size() - 1)));
        }
        return streams;
    }

    private Map<String, INDArray> headFeed(List<LayersGraph.Stream> streams, Map<String, INDArray> targets) {
        var feed = new HashMap<>(targets);
        feed.put(LAST, streams.get(segments.size()).normed());
        return feed;
    }

    @Override
    public LossGraph.Result run(TokenBatch batch, Map<String, INDArray> targets) {
        var streams = forward(batch);
        var ofHead = loss.run(headFeed(streams, targets));
        recycling.add(() -> loss.recycle(ofHead, name -> !name.equals(LAST)));
        var gradients = new LinkedHashMap<String, INDArray>();
        collect(ofHead, gradients);
        segments.get(segments.size() - 1).recycle(streams.get(segments.size()));
        var upstream = new LayersGraph.Stream(null, ofHead.gradients().get(LAST));
        Runnable usedUp = () -> loss.recycle(ofHead, LAST::equals);
        for (int i = segments.size() - 1; i >= 0; i--) {
            if (upstream.normed() != null) {
                var segment = segments.get(i);
                var result = segment.backward(batch, streams.get(i), upstream);
                recycling.add(() -> segment.recycle(result, true));
                collect(result, gradients);
                usedUp.run();
                upstream = Segment.entered(result.gradients());
                usedUp = () -> segment.recycle(result, false);
            }
            if (i > 0) {
                segments.get(i - 1).recycle(streams.get(i));
            }
        }
        return new LossGraph.Result(ofHead.loss(), gradients, Map.of());
    }

    /** A tied head's weights have two gradients. */
    private void collect(LossGraph.Result result, Map<String, INDArray> gradients) {
        differentiated.forEach(name -> {
            var gradient = result.gradients().get(name);
            if (gradient != null) {
                gradients.merge(name, gradient, INDArray::addi);
            }
        });
    }

    @Override
    public void recycle(LossGraph.Result result) {
        recycling.forEach(Runnable::run);
        recycling.clear();
    }

    @Override
    public TokenLosses losses(TokenBatch batch, Map<String, INDArray> targets) {
        memory.use(headGraph);
        var streams = forward(batch);
        var losses = head.of(headGraph.output(headFeed(streams, targets), head.names()));
        for (int i = 0; i < segments.size(); i++) {
            segments.get(i).recycle(streams.get(i + 1));
        }
        return losses;
    }

    @Override
    public void close() {
        loss.close();
        segments.forEach(Segment::close);
    }
}
