package org.xlstm4j.merge.tune;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.ToDoubleFunction;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.xlstm4j.merge.Coefficients;

/** The score of coefficients, higher is better, as an Arbiter score function; its function is not part of its JSON. */
@SuppressWarnings("deprecation") // Arbiter's DataProvider is.
final class CoefficientsScore implements ScoreFunction {
    private final transient ToDoubleFunction<Coefficients> function;

    CoefficientsScore(ToDoubleFunction<Coefficients> function) {
        this.function = function;
    }

    double score(Coefficients coefficients) {
        return function.applyAsDouble(coefficients);
    }

    @Override
    public double score(Object model, DataProvider dataProvider, Map<String, Object> dataParameters) {
        return score((Coefficients) model);
    }

    @Override
    public double score(Object model, Class<? extends DataSource> dataSource, Properties dataSourceProperties) {
        return score((Coefficients) model);
    }

    @Override
    public boolean minimize() {
        return false;
    }

    @Override
    public List<Class<?>> getSupportedModelTypes() {
        return List.of(Coefficients.class);
    }

    @Override
    public List<Class<?>> getSupportedDataTypes() {
        return List.of();
    }
}
