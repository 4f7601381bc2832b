package org.xlstm4j.distill.train;

import org.xlstm4j.ops.Form;

class ComposedAdamWTest extends AdamWContract {

    @Override
    Form form() {
        return Form.COMPOSED;
    }
}
