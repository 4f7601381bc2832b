package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's {@code + - * / // %} on numbers, strings and lists. */
final class Arithmetic {
    private Arithmetic() {
    }

    static Object apply(String operator, Object left, Object right, Budget budget) {
        budget.spendOn(left);
        budget.spendOn(right);
        if (Values.isNumber(left) && Values.isNumber(right)) {
            try {
                return left instanceof Double || right instanceof Double || operator.equals("/")
                        ? reals(operator, Values.real(left), Values.real(right))
                        : integers(operator, Values.integer(left), Values.integer(right));
            } catch (ArithmeticException e) {
                throw new TemplateException("'" + operator + "' divides by 0 or gives too large a number");
            }
        } else if (operator.equals("+") && left instanceof String some && right instanceof String more) {
            return some + more;
        } else if (operator.equals("+") && left instanceof List<?> some && right instanceof List<?> more
                && some instanceof Tuple == more instanceof Tuple) {
            var joined = new ArrayList<Object>(some);
            joined.addAll(more);
            return left instanceof Tuple ? new Tuple(joined) : joined;
        } else if (operator.equals("*") && right instanceof Long times && !Values.isNumber(left)) {
            return repeated(left, times, budget);
        }
        throw new TemplateException("'" + operator + "' is not supported between a " + Values.type(left) + " and a "
                + Values.type(right) + Values.problem(left) + Values.problem(right));
    }

    private static Object repeated(Object value, long times, Budget budget) {
        var count = (int) Math.max(0, Math.min(times, Integer.MAX_VALUE));
        budget.spend(Budget.cost(value) * count);
        if (value instanceof String text) {
            return text.repeat(count);
        } else if (value instanceof List<?> list && !(value instanceof Tuple)) {
            return Collections.nCopies(count, list).stream().flatMap(List::stream).map(Object.class::cast).toList();
        }
        throw Values.unfit("repeat", value);
    }

    private static Object integers(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "//" -> Math.floorDiv(left, right);
            case "%" -> Math.floorMod(left, right);
            default -> throw new TemplateException("'" + operator + "' is not supported");
        };
    }

    private static Object reals(String operator, double left, double right) {
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / nonZero(right);
            case "//" -> Math.floor(left / nonZero(right));
            case "%" -> left - nonZero(right) * Math.floor(left / right);
            default -> throw new TemplateException("'" + operator + "' is not supported");
        };
    }

    private static double nonZero(double divisor) {
        if (divisor == 0) {
            throw new ArithmeticException("division by zero");
        }
        return divisor;
    }
}
