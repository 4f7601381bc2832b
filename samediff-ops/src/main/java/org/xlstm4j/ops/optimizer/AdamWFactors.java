package org.xlstm4j.ops.optimizer;

/**
 * A step's factors as ND4J's Adam rounds them: betas, their powers and the rate to float32. See {@link AdamWUpdate}.
 *
 * @param rate with the corrections of the moments' bias
 */
record AdamWFactors(float beta1, float beta2, float rate, float epsilon) {

    static AdamWFactors of(AdamWStep step) {
        float beta1 = (float) step.beta1();
        float beta2 = (float) step.beta2();
        double bias1 = 1.0 - (float) Math.pow(beta1, step.index() + 1);
        double bias2 = 1.0 - (float) Math.pow(beta2, step.index() + 1);
        float rate = (float) ((float) step.rate() * (float) Math.sqrt(bias2) / bias1);
        return new AdamWFactors(beta1, beta2, rate, (float) step.epsilon());
    }
}
