package org.xlstm4j.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Values as text: as Python's {@code str} writes them, or as its {@code json.dumps} does. */
final class Writer {

    /**
     * How JSON looks.
     *
     * @param indent spaces a level, or null for all in one line
     */
    record Json(Long indent, String itemSeparator, String keySeparator, boolean ascii, boolean sorted) { }

    private static final int DOUBLE = 100;

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final Json json;

    private Writer(Budget budget, Json json) {
        this.budget = budget;
        this.json = json;
    }

    /** As Python's {@code str}. */
    static String text(Object value, Budget budget) {
        budget.spendOn(value);
        if (value instanceof String text) {
            return text;
        } else if (value instanceof Values.Undefined) {
            return "";
        }
        return new Writer(budget, null).write(value, 0).out.toString();
    }

    /** As Python's {@code json.dumps}. */
    static String json(Object value, Json style, Budget budget) {
        return new Writer(budget, style).write(value, 0).out.toString();
    }

    private Writer write(Object value, int depth) {
        budget.spendOn(value instanceof String ? value : null);
        if (value == null) {
            out.append(json == null ? "None" : "null");
        } else if (value instanceof Boolean flag) {
            out.append(json == null ? flag ? "True" : "False" : flag.toString());
        } else if (value instanceof Long number) {
            out.append(number.longValue());
        } else if (value instanceof Double number) {
            out.append(real(number));
        } else if (value instanceof String text) {
            quote(text);
        } else if (json == null && value instanceof Tuple tuple) {
            sequence('(', tuple, tuple.size() == 1 ? ",)" : ")", depth, element -> write(element, depth + 1));
        } else if (value instanceof List<?> list) {
            sequence('[', list, "]", depth, element -> write(element, depth + 1));
        } else if (value instanceof Map<?, ?> map) {
            sequence('{', entries(map), "}", depth, entry -> entry(entry, depth + 1));
        } else {
            throw Values.unfit("write", value);
        }
        return this;
    }

    private <T> void sequence(char open, List<T> elements, String close, int depth,
                              Consumer<T> element) {
        out.append(open);
        var separator = "";
        for (var each : elements) {
            out.append(separator);
            newLine(depth + 1);
            element.accept(each);
            separator = json == null ? ", " : json.itemSeparator();
        }
        if (!elements.isEmpty()) {
            newLine(depth);
        }
        out.append(close);
    }

    private List<Map.Entry<?, ?>> entries(Map<?, ?> map) {
        var entries = new ArrayList<Map.Entry<?, ?>>(map.entrySet());
        if (json != null && json.sorted()) {
            entries.sort(Comparator.comparing(entry -> Values.text(entry.getKey())));
        }
        return entries;
    }

    private void entry(Map.Entry<?, ?> entry, int depth) {
        if (json == null || entry.getKey() instanceof String) {
            write(entry.getKey(), depth);
        } else {
            out.append('"');
            write(entry.getKey(), depth);
            out.append('"');
        }
        out.append(json == null ? ": " : json.keySeparator());
        write(entry.getValue(), depth);
    }

    private void newLine(int depth) {
        if (json != null && json.indent() != null) {
            var spaces = (int) Math.max(0, Math.min(json.indent() * depth, 1000));
            budget.spend(spaces);
            out.append('\n').append(" ".repeat(spaces));
        }
    }

    private void quote(String text) {
        var mark = json != null || text.contains("'") && !text.contains("\"") ? '"' : '\'';
        out.append(mark);
        text.codePoints().forEach(c -> {
            if (c == mark || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if ("\n\r\t".indexOf(c) >= 0 || json != null && "\b\f".indexOf(c) >= 0) {
                out.append('\\').append("nrtbf".charAt("\n\r\t\b\f".indexOf(c)));
            } else if (c < ' ' || json == null && c == 0x7f) {
                out.append(String.format(json == null ? "\\x%02x" : "\\u%04x", c));
            } else if (json != null && json.ascii() && c > '~') {
                new String(Character.toChars(c)).chars().forEach(half -> out.append(String.format("\\u%04x", half)));
            } else {
                out.appendCodePoint(c);
            }
        });
        out.append(mark);
    }

    private String real(double value) {
        budget.spend(DOUBLE);
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            var name = Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
            return json != null ? name : name.replace("Infinity", "inf").replace("NaN", "nan");
        }
        var shortest = shortest(value);
        var exponent = shortest.precision() - shortest.scale() - 1;
        if (value != 0 && (exponent < -4 || exponent >= 16)) {
            var digits = shortest.unscaledValue().toString();
            var point = digits.startsWith("-") ? 2 : 1;
            return digits.substring(0, point) + (digits.length() > point ? "." + digits.substring(point) : "")
                    + String.format("e%+03d", exponent);
        }
        var plain = value == 0 ? 1 / value < 0 ? "-0" : "0" : shortest.toPlainString();
        return plain.contains(".") ? plain : plain + ".0";
    }

    /** The fewest digits that read back as {@code value}; Java 17's own are sometimes more. */
    private static BigDecimal shortest(double value) {
        var exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            var rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded.stripTrailingZeros();
            }
        }
        return exact.round(new MathContext(17)).stripTrailingZeros();
    }
}
