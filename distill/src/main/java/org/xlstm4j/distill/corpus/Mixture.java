package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Sources as a text describes them: {@code NAME:WEIGHT=PLACE,…}. */
final class Mixture {
    private static final Pattern SOURCE = Pattern.compile("([^:=]+)(?::([^:=]*))?=(.+)");
    /** Not those between the braces of a glob. */
    private static final Pattern COMMA = Pattern.compile(",(?![^{}]*})");

    private Mixture() {
    }

    static List<Source> parse(String text) throws IOException {
        var sources = new ArrayList<Source>();
        for (var part : COMMA.split(text, -1)) {
            var source = SOURCE.matcher(part.strip());
            if (!source.matches()) {
                throw new IllegalArgumentException("'" + part
                        + "' is not a source: write NAME:WEIGHT=PLACE, such as math:0.5=data/math");
            }
            sources.add(Source.of(source.group(1), weight(source.group(1), source.group(2)),
                    List.of(source.group(3))));
        }
        return sources;
    }

    private static double weight(String name, String text) {
        try {
            return text == null ? 1 : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the weight of " + name + " is not a number: '" + text + "'", e);
        }
    }
}
