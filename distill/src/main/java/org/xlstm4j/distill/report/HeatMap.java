package org.xlstm4j.distill.report;

import java.util.List;
import java.util.Locale;

/**
 * Shares from 0 to 1 in rows and columns.
 *
 * @param name    what it shows
 * @param scale   the colours' scale, see {@link Colors#level}
 * @param rows    what each row is
 * @param columns what each column is
 * @param shares  [row][column], NaN where there is nothing
 * @param axes    what rows and columns are, such as {@code layer} and {@code head}
 */
record HeatMap(String name, String scale, List<String> rows, List<String> columns, double[][] shares,
               List<String> axes) {
    private static final int WIDTH = 400;
    private static final int TOP = 4;
    private static final int FOOT = 36;
    /** Up to so many columns there is room for the numbers. */
    private static final int NUMBERS = 12;
    private static final int MOST_LABELS = 16;

    Tag svg() {
        var left = 24 + 7 * rows.stream().mapToInt(String::length).max().orElse(0);
        var cell = (double) (WIDTH - left - 4) / columns.size();
        var tall = columns.size() <= NUMBERS ? 24 : Math.max(8, Math.min(20, cell));
        var height = TOP + tall * rows.size() + FOOT;
        var svg = Frame.svg(WIDTH, (int) Math.ceil(height), name);
        for (var row = 0; row < rows.size(); row++) {
            var y = TOP + tall * row;
            if (row % stride(rows.size()) == 0) {
                svg.with(Frame.text(left - 4, y + tall / 2 + 4, "end", rows.get(row)));
            }
            for (var column = 0; column < shares[row].length; column++) {
                svg.with(cell(row, column, left + cell * column, y, cell, tall));
            }
        }
        for (var column = 0; column < columns.size(); column += stride(columns.size())) {
            svg.with(Frame.text(left + cell * (column + 0.5), height - FOOT + 14, "middle", columns.get(column)));
        }
        return svg.with(Tag.of("text", "x", Tag.number((left + WIDTH) / 2.0), "y", Tag.number(height - 5),
                "text-anchor", "middle", "class", "axis").text(axes.get(1)),
                Tag.of("text", "transform",
                        "translate(12 " + Tag.number(TOP + tall * rows.size() / 2) + ") rotate(-90)", "text-anchor", "middle", "class", "axis").text(axes.get(0)));
    }

    private static int stride(int labels) {
        return (labels + MOST_LABELS - 1) / MOST_LABELS;
    }

    private Tag cell(int row, int column, double x, double y, double width, double height) {
        var share = shares[row][column];
        if (Double.isNaN(share)) {
            return Tag.of("g");
        }
        var title = axes.get(0) + " " + rows.get(row) + ", " + axes.get(1) + " " + columns.get(column) + ": "
                + String.format(Locale.ROOT, "%.3f", share);
        var cell = Tag.of("g").with(Tag.of("title").text(title), Tag.of("rect", "x", Tag.number(x + 0.5),
                "y", Tag.number(y + 0.5), "width", Tag.number(Math.max(1, width - 1)),
                "height", Tag.number(Math.max(1, height - 1)), "class", Colors.level(scale, share)));
        return columns.size() > NUMBERS ? cell : cell.with(Frame.text(x + width / 2, y + height / 2 + 4, "middle",
                String.format(Locale.ROOT, "%.2f", share)));
    }
}
