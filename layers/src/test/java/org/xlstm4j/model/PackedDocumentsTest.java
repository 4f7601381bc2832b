package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PackedDocumentsTest {
    private static final int TIME = 19;

    static Stream<CausalLm> models() {
        return Stream.of(TinyModels.teacher(), TinyModels.student());
    }

    @ParameterizedTest
    @MethodSource("models")
    void documentsOfARowDoNotSeeEachOther(CausalLm model) {
        var rows = List.of(List.of(7, 1, 9), List.of(3, 16));
        var ids = new int[2 * TIME];
        var positions = new int[2 * TIME];
        var segments = new int[2 * TIME];
        for (int row = 0; row < 2; row++) {
            int at = row * TIME;
            for (int document = 0; document < rows.get(row).size(); document++) {
                var tokens = tokens(row, document, rows.get(row).get(document));
                for (int t = 0; t < tokens.length; t++, at++) {
                    ids[at] = tokens[t];
                    positions[at] = t;
                    segments[at] = document + 1;
                }
            }
        }
        var graph = LmGraph.of(model, TIME, name -> false);
        var packed = TinyModels.rows(graph.output(new TokenBatch(2, TIME, ids, positions, segments),
                List.of(graph.logits())).get(graph.logits().name()));
        for (int row = 0; row < 2; row++) {
            int at = row * TIME;
            for (int document = 0; document < rows.get(row).size(); document++) {
                int length = rows.get(row).get(document);
                var alone = TinyModels.logits(model, tokens(row, document, length));
                for (int t = 0; t < length; t++, at++) {
                    assertThat(packed.get(at)).as("row %d, document %d, token %d", row, document, t)
                            .containsExactly(alone.get(t), within(1e-4f));
                }
            }
        }
    }

    private static int[] tokens(int row, int document, int length) {
        return TinyModels.tokens(length, 10L * row + document);
    }
}
