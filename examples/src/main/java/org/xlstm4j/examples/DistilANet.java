package org.xlstm4j.examples;

import java.util.Random;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.scorecalc.ScoreCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.termination.ScoreImprovementEpochTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.xlstm4j.layers.distillation.DistillationIterator;
import org.xlstm4j.layers.distillation.DistillationLoss;
import org.xlstm4j.layers.distillation.HeldOutDivergence;
import org.xlstm4j.layers.distillation.Teacher;

/**
 * Distillation of an ordinary DL4J net, an LSTM: a large teacher that saw many texts, and a small student that has few,
 * once with their labels alone and once with its teacher's answers to the same texts beside them. Texts are symbols, of
 * which the next depends on the last two by a random table, so that a label says little of what was likely.
 */
public final class DistilANet {
    private static final int SYMBOLS = 12;
    private static final int TIME = 16;
    private static final int ROWS = 64;
    private static final int MOST_EPOCHS = 100;
    private static final int PATIENCE = 5;

    /** Where texts come from: the logits of the next symbol after every two. */
    private final double[][][] table = new double[SYMBOLS][SYMBOLS][SYMBOLS];

    /** Texts of a language of its own for every seed. */
    public DistilANet(long seed) {
        var random = new Random(seed);
        for (var afterFirst : table) {
            for (var afterSecond : afterFirst) {
                for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                    afterSecond[symbol] = 2 * random.nextGaussian();
                }
            }
        }
    }

    /** Texts and their next symbols: features and labels [ROWS, SYMBOLS, TIME]. */
    public DataSet texts(Random random) {
        var features = new float[ROWS][SYMBOLS][TIME];
        var labels = new float[ROWS][SYMBOLS][TIME];
        for (int row = 0; row < ROWS; row++) {
            int before = random.nextInt(SYMBOLS);
            int last = random.nextInt(SYMBOLS);
            for (int t = 0; t < TIME; t++) {
                int next = next(table[before][last], random);
                features[row][last][t] = 1;
                labels[row][next][t] = 1;
                before = last;
                last = next;
            }
        }
        return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
    }

    /** A symbol of the softmax of logits: the largest with Gumbel noise. */
    private static int next(double[] logits, Random random) {
        int best = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            double noisy = logits[symbol] - Math.log(-Math.log(1 - random.nextDouble()));
            if (noisy > largest) {
                best = symbol;
                largest = noisy;
            }
        }
        return best;
    }

    private static MultiLayerNetwork network(int width, double rate, ILossFunction loss) {
        var network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(rate))
                .list()
                .layer(new LSTM.Builder().nOut(width).build())
                .layer(new RnnOutputLayer.Builder(loss).nOut(SYMBOLS).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(SYMBOLS))
                .build());
        network.init();
        return network;
    }

    /** A teacher that saw as many batches of texts. */
    public MultiLayerNetwork teacher(int batches) {
        var teacher = network(64, 2e-2, new LossMCXENT());
        var random = new Random(1);
        for (int batch = 0; batch < batches; batch++) {
            teacher.fit(texts(random));
        }
        return teacher;
    }

    /** A small net trained on a batch until it gets no better on held-out texts; the best of all epochs. */
    private static MultiLayerNetwork student(ILossFunction loss, DataSetIterator training,
            ScoreCalculator<?> heldOut) {
        var stopping = new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                .scoreCalculator(heldOut)
                .modelSaver(new InMemoryModelSaver<>())
                .epochTerminationConditions(new MaxEpochsTerminationCondition(MOST_EPOCHS),
                        new ScoreImprovementEpochTerminationCondition(PATIENCE))
                .build();
        return new EarlyStoppingTrainer(stopping, network(24, 2e-2, loss), training).fit().getBestModel();
    }

    /** A student that learns one batch's labels. */
    public MultiLayerNetwork fromLabels() {
        return student(new LossMCXENT(), few(), new DataSetLossCalculator(heldOut(), true));
    }

    /** A student that learns the same batch's labels and what the teacher makes of it. */
    public MultiLayerNetwork distilled(MultiLayerNetwork teacher) {
        var loss = new DistillationLoss.Builder().topK(6).labelWeight(0.1).teacherWeight(0.9).build();
        var taught = new DistillationIterator(few(), Teacher.of(teacher), loss);
        var taughtHeldOut = new DistillationIterator(heldOut(), Teacher.of(teacher), loss);
        return student(loss, taught, new HeldOutDivergence(taughtHeldOut, loss));
    }

    private DataSetIterator few() {
        return iterator(2);
    }

    private DataSetIterator heldOut() {
        return iterator(3);
    }

    private DataSetIterator iterator(long seed) {
        return new ViewIterator(texts(new Random(seed)), ROWS);
    }

    /** Cross-entropy a symbol on texts that no net was trained or stopped by. */
    public double crossEntropy(MultiLayerNetwork network) {
        var test = texts(new Random(4));
        var output = network.output(test.getFeatures());
        double sum = 0;
        for (int row = 0; row < ROWS; row++) {
            for (int t = 0; t < TIME; t++) {
                for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                    sum -= test.getLabels().getDouble(row, symbol, t) * Math.log(output.getDouble(row, symbol, t));
                }
            }
        }
        return sum / (ROWS * TIME);
    }

    /** KL from the teacher over all symbols on the same texts. */
    public double divergence(MultiLayerNetwork network, MultiLayerNetwork teacher) {
        var all = new DistillationLoss.Builder().build();
        return new HeldOutDivergence(new DistillationIterator(iterator(4), Teacher.of(teacher), all), all)
                .calculateScore(network);
    }

    /** Trains teacher and students, and prints how they do. */
    public static void main(String[] args) {
        var example = new DistilANet(1);
        var teacher = example.teacher(250);
        System.out.println("on held-out texts      cross-entropy   KL from the teacher");
        print(example, teacher, "teacher", teacher);
        print(example, teacher, "student from labels", example.fromLabels());
        print(example, teacher, "student distilled", example.distilled(teacher));
    }

    private static void print(DistilANet example, MultiLayerNetwork teacher, String name, MultiLayerNetwork network) {
        System.out.printf("%-22s %13.3f %21.3f%n", name, example.crossEntropy(network),
                example.divergence(network, teacher));
    }
}
