package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A table for the eye: the first column to the left, the others to the right, as wide as they must be. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;

    Table(List<String> header) {
        this.columns = header.size();
        rows.add(List.copyOf(header));
    }

    static Table of(String... header) {
        return new Table(List.of(header));
    }

    /** Adds a row of as many cells as the header has. */
    Table row(List<String> cells) {
        if (cells.size() != columns) {
            throw new IllegalArgumentException("a row of " + cells.size() + " cells in a table of " + columns);
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    Table row(String... cells) {
        return row(List.of(cells));
    }

    /** A number in a cell, with {@code decimals} places; a dash for NaN. */
    static String number(double value, int decimals) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** The table's lines, a rule beneath the header. */
    List<String> lines() {
        var widths = IntStream.range(0, columns)
                .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0)).toArray();
        var lines = new ArrayList<String>();
        for (var row : rows) {
            lines.add(line(row, widths));
        }
        lines.add(1, "-".repeat(IntStream.of(widths).sum() + 2 * (columns - 1)));
        return lines;
    }

    private static String line(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            var padding = " ".repeat(widths[column] - row.get(column).length());
            line.append(column == 0 ? row.get(column) + padding : "  " + padding + row.get(column));
        }
        return line.toString().stripTrailing();
    }
}
