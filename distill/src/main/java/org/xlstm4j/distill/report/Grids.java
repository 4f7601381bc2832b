package org.xlstm4j.distill.report;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.xlstm4j.distill.evaluate.NeedleCell;

/** Gates and needles in rows and columns. */
final class Grids {

    private Grids() {
    }

    /** A row a layer, a column a head. */
    static HeatMap gates(GateMap map) {
        var heads = map.share().stream().mapToInt(List::size).max().orElseThrow();
        var shares = map.share().stream()
                .map(layer -> layer.stream().mapToDouble(Double::doubleValue).toArray())
                .map(layer -> padded(layer, heads)).toArray(double[][]::new);
        return new HeatMap("Share of the mLSTM in " + map.name(), "g", indices(shares.length), indices(heads), shares,
                List.of("layer", "head"));
    }

    /** A row a depth, the beginning of the text first, a column a length. */
    static HeatMap needles(NeedleMap map) {
        var lengths = List.copyOf(map.cells().stream().map(NeedleCell::length)
                .collect(Collectors.toCollection(TreeSet::new)));
        var depths = List.copyOf(map.cells().stream().map(NeedleCell::depth)
                .collect(Collectors.toCollection(TreeSet::new)));
        var shares = new double[depths.size()][lengths.size()];
        Arrays.stream(shares).forEach(row -> Arrays.fill(row, Double.NaN));
        map.cells().forEach(cell -> shares[depths.indexOf(cell.depth())][lengths.indexOf(cell.length())] =
                cell.accuracy().value());
        return new HeatMap("Needles found by " + map.model(), "n",
                depths.stream().map(depth -> Tag.number(100 * depth) + "%").toList(),
                lengths.stream().map(length -> Integer.toString(length)).toList(), shares, List.of("depth", "length"));
    }

    private static double[] padded(double[] layer, int heads) {
        var padded = Arrays.copyOf(layer, heads);
        Arrays.fill(padded, layer.length, heads, Double.NaN);
        return padded;
    }

    private static List<String> indices(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }
}
