package org.xlstm4j.distill.report;

import java.util.List;
import org.xlstm4j.distill.evaluate.NeedleCell;

/** How often a model found needles, by length and depth. */
public record NeedleMap(String model, List<NeedleCell> cells) {

    public NeedleMap {
        cells = List.copyOf(cells);
        if (cells.isEmpty()) {
            throw new IllegalArgumentException("there are no needles of " + model);
        }
    }
}
