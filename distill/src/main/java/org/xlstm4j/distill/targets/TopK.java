package org.xlstm4j.distill.targets;

/** The k largest of a row of logits, in falling order, with their log-probabilities. */
final class TopK {
    private final int k;
    private final float[] bestValues;
    private final int[] bestIds;

    TopK(int k) {
        this.k = k;
        this.bestValues = new float[k];
        this.bestIds = new int[k];
    }

    /**
     * @param logits   a matrix of logits, flat
     * @param from     where the row starts
     * @param width    length of the row
     * @param ids      receives k ids
     * @param values   receives k log-probabilities
     * @param position where in {@code ids} and {@code values} to put them
     */
    void select(float[] logits, int from, int width, int[] ids, float[] values, int position) {
        int size = 0;
        double max = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < width; id++) {
            float logit = logits[from + id];
            max = Math.max(max, logit);
            if (size < k) {
                place(size++, logit, id);
            } else if (logit > bestValues[k - 1]) {
                place(k - 1, logit, id);
            }
        }
        double sum = 0;
        for (int id = 0; id < width; id++) {
            sum += Math.exp(logits[from + id] - max);
        }
        double logSum = max + Math.log(sum);
        for (int i = 0; i < k; i++) {
            ids[position + i] = bestIds[i];
            values[position + i] = (float) (bestValues[i] - logSum);
        }
    }

    /** Insertion into the sorted head; ties stay in the order of their ids. */
    private void place(int at, float logit, int id) {
        int i = at;
        while (i > 0 && bestValues[i - 1] < logit) {
            bestValues[i] = bestValues[i - 1];
            bestIds[i] = bestIds[i - 1];
            i--;
        }
        bestValues[i] = logit;
        bestIds[i] = id;
    }
}
