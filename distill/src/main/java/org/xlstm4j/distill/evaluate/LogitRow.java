package org.xlstm4j.distill.evaluate;

/**
 * A row of logits as a distribution, in double precision.
 *
 * @param logits    logits of many rows
 * @param start     where the row starts
 * @param size      its length
 * @param likeliest the first token with the largest logit
 * @param logSum    the logarithm of the sum of the exponentials
 */
record LogitRow(float[] logits, int start, int size, int likeliest, double logSum) {

    /** @throws ArithmeticException if a logit is not finite */
    static LogitRow of(float[] logits, int start, int size) {
        int likeliest = 0;
        for (int token = 1; token < size; token++) {
            if (logits[start + token] > logits[start + likeliest]) {
                likeliest = token;
            }
        }
        double max = logits[start + likeliest];
        double sum = 0;
        for (int token = 0; token < size; token++) {
            sum += Math.exp(logits[start + token] - max);
        }
        double logSum = max + Math.log(sum);
        if (!Double.isFinite(logSum)) {
            throw new ArithmeticException("logits are not finite, the largest is " + max
                    + ": the model's weights are broken, or too large for float32");
        }
        return new LogitRow(logits, start, size, likeliest, logSum);
    }

    double logProbability(int token) {
        return logits[start + token] - logSum;
    }

    /** KL(this ‖ other) = Σ p (log p − log q), in nats. */
    double kl(LogitRow other) {
        double kl = 0;
        for (int token = 0; token < size; token++) {
            double log = logProbability(token);
            kl += Math.exp(log) * (log - other.logProbability(token));
        }
        return kl;
    }
}
