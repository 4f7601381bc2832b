package org.xlstm4j.jinja;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** jinja2's tests: what may follow {@code is}. */
final class Tests {
    private Tests() {
    }

    static boolean holds(String name, Object value, Given given, Budget budget) {
        budget.spendOn(value);
        return switch (name) {
            case "eq", "equalto", "==" -> Values.equal(value, given.only("other"), budget);
            case "ne", "!=" -> !Values.equal(value, given.only("other"), budget);
            case "lt", "lessthan", "<" -> Values.compare(value, given.only("other")) < 0;
            case "le", "<=" -> Values.compare(value, given.only("other")) <= 0;
            case "gt", "greaterthan", ">" -> Values.compare(value, given.only("other")) > 0;
            case "ge", ">=" -> Values.compare(value, given.only("other")) >= 0;
            case "in" -> Values.contains(given.only("seq"), value, budget);
            case "divisibleby" -> Long.valueOf(0)
                    .equals(Arithmetic.apply("%", Values.integer(value), given.only("num"), budget));
            default -> given.as().isEmpty() && is(name, value);
        };
    }

    private static boolean is(String name, Object value) {
        return switch (name) {
            case "defined" -> !(value instanceof Values.Undefined);
            case "undefined" -> value instanceof Values.Undefined;
            case "none" -> value == null;
            case "true" -> Objects.equals(value, true);
            case "false" -> Objects.equals(value, false);
            case "boolean" -> value instanceof Boolean;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "number" -> Values.isNumber(value);
            case "mapping" -> value instanceof Map;
            // jinja2 asks for methods, such as those for a length, and what is undefined has them all.
            case "sequence", "iterable" -> value instanceof List || value instanceof Map || value instanceof String
                    || value instanceof Values.Undefined;
            case "callable" -> value instanceof Values.Function || value instanceof Values.Undefined;
            case "odd" -> Values.integer(value) % 2 != 0;
            case "even" -> Values.integer(value) % 2 == 0;
            default -> throw new TemplateException("the test '" + name + "' is not supported");
        };
    }
}
