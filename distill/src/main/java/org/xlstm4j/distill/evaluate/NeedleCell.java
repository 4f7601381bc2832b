package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * How often needles were found at one length and depth.
 *
 * @param length   tokens of the whole prompt
 * @param depth    where the needles lay, from 0 to 1
 * @param items    how many there were
 * @param accuracy the share of them that was found
 */
public record NeedleCell(int length, double depth, int items, Measure accuracy) {

    static List<NeedleCell> of(List<NeedleResult> results) {
        var byPlace = new TreeMap<Integer, TreeMap<Double, List<NeedleResult>>>();
        results.forEach(result -> byPlace.computeIfAbsent(result.length(), length -> new TreeMap<>())
                .computeIfAbsent(result.depth(), depth -> new ArrayList<>()).add(result));
        var cells = new ArrayList<NeedleCell>();
        byPlace.forEach((length, byDepth) -> byDepth.forEach((depth, found) -> cells.add(
                new NeedleCell(length, depth, found.size(), Scoring.share(found, NeedleResult::correct)))));
        return List.copyOf(cells);
    }
}
