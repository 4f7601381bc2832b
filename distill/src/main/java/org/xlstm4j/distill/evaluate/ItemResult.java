package org.xlstm4j.distill.evaluate;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What a model made of one item. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ExactMatchResult.class, name = "exact-match"),
    @JsonSubTypes.Type(value = ChoiceResult.class, name = "multiple-choice"),
    @JsonSubTypes.Type(value = TextResult.class, name = "perplexity"),
    @JsonSubTypes.Type(value = NeedleResult.class, name = "needle")})
public sealed interface ItemResult permits ExactMatchResult, ChoiceResult, TextResult, NeedleResult {

    /**
     * What an item adds to its task's primary measure, which rests on Σ sum / Σ weight over items: see
     * {@link TaskKind#score}.
     *
     * @param sum    1 or 0 for right or wrong; for a text its negative log-likelihood in nats
     * @param weight 1; for a text its bytes
     */
    record Primary(double sum, double weight) {
    }

    /** The item's place within its task. */
    int index();

    /** How the item was judged. */
    TaskKind kind();

    /** What was asked, as {@link TaskItem#asked}: two models' results are of the same item where this is equal. */
    List<Object> asked();

    /** What the item adds to its task's primary measure. */
    Primary primary();
}
