package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.xlstm4j.jinja.Expression.Arguments;

/** The values of expressions. */
final class Expressions {
    private final Function<String, Object> variables;
    private final Budget budget;
    private final Access access;
    private final Filters filters;

    Expressions(Function<String, Object> variables, Budget budget) {
        this.variables = variables;
        this.budget = budget;
        this.access = new Access(budget);
        this.filters = new Filters(access, budget);
    }

    Object evaluate(Expression expression) {
        budget.spend(1);
        if (expression instanceof Expression.Literal literal) {
            return literal.value();
        } else if (expression instanceof Expression.Name name) {
            return variables.apply(name.name());
        } else if (expression instanceof Expression.Attribute attribute) {
            return access.attribute(evaluate(attribute.target()), attribute.name());
        } else if (expression instanceof Expression.Item item) {
            return access.item(evaluate(item.target()), evaluate(item.index()));
        } else if (expression instanceof Expression.Slice slice) {
            return access.slice(evaluate(slice.target()), bound(slice.from()), bound(slice.to()),
                    bound(slice.step()));
        } else if (expression instanceof Expression.Call call) {
            return call(call);
        } else if (expression instanceof Expression.Filter filter) {
            return filters.apply(filter.name(), evaluate(filter.target()), given(filter.arguments()));
        } else if (expression instanceof Expression.Test test) {
            return Tests.holds(test.name(), evaluate(test.target()), given(test.arguments()), budget);
        } else if (expression instanceof Expression.ListOf list) {
            return all(list.elements());
        } else if (expression instanceof Expression.TupleOf tuple) {
            return new Tuple(all(tuple.elements()));
        } else if (expression instanceof Expression.DictOf dict) {
            return dict(dict);
        }
        return operation(expression);
    }

    private Object operation(Expression expression) {
        if (expression instanceof Expression.Not not) {
            return !Values.isTrue(evaluate(not.operand()));
        } else if (expression instanceof Expression.Negative negative) {
            var operand = evaluate(negative.operand());
            return operand instanceof Double number ? -number : Arithmetic.apply("-", 0L, operand, budget);
        } else if (expression instanceof Expression.Conditional conditional) {
            return conditional(conditional);
        } else if (expression instanceof Expression.Comparison comparison) {
            return compared(comparison);
        } else if (expression instanceof Expression.Binary binary) {
            return binary(binary);
        }
        throw new IllegalStateException("no value for " + expression);
    }

    private Object binary(Expression.Binary binary) {
        var left = evaluate(binary.left());
        return switch (binary.operator()) {
            case "and" -> Values.isTrue(left) ? evaluate(binary.right()) : left;
            case "or" -> Values.isTrue(left) ? left : evaluate(binary.right());
            case "~" -> Writer.text(left, budget) + Writer.text(evaluate(binary.right()), budget);
            default -> Arithmetic.apply(binary.operator(), left, evaluate(binary.right()), budget);
        };
    }

    private Object conditional(Expression.Conditional conditional) {
        if (Values.isTrue(evaluate(conditional.condition()))) {
            return evaluate(conditional.then());
        }
        return conditional.otherwise() == null ? new Values.Undefined("an 'if' without an 'else' did not apply")
                : evaluate(conditional.otherwise());
    }

    private boolean compared(Expression.Comparison comparison) {
        var left = evaluate(comparison.operands().get(0));
        for (int i = 0; i < comparison.operators().size(); i++) {
            var right = evaluate(comparison.operands().get(i + 1));
            if (!holds(comparison.operators().get(i), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private boolean holds(String operator, Object left, Object right) {
        budget.spendOn(left);
        return switch (operator) {
            case "==" -> Values.equal(left, right, budget);
            case "!=" -> !Values.equal(left, right, budget);
            case "in" -> Values.contains(right, left, budget);
            case "not in" -> !Values.contains(right, left, budget);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            default -> Values.compare(left, right) >= 0;
        };
    }

    private Object call(Expression.Call call) {
        var target = evaluate(call.target());
        if (target instanceof Values.Function function) {
            return function.call(given(call.arguments()));
        }
        throw new TemplateException("what is called here is no function or is not supported"
                + Values.problem(target));
    }

    private Given given(Arguments arguments) {
        var named = new LinkedHashMap<String, Object>();
        arguments.named().forEach((name, value) -> named.put(name, evaluate(value)));
        return new Given(all(arguments.positional()), named);
    }

    private List<Object> all(List<Expression> expressions) {
        var values = new ArrayList<Object>();
        for (var expression : expressions) {
            values.add(evaluate(expression));
        }
        return values;
    }

    private Map<Object, Object> dict(Expression.DictOf dict) {
        var map = new LinkedHashMap<Object, Object>();
        for (int i = 0; i < dict.keys().size(); i++) {
            map.put(Values.key(evaluate(dict.keys().get(i))), evaluate(dict.values().get(i)));
        }
        return map;
    }

    private Long bound(Expression expression) {
        var value = expression == null ? null : evaluate(expression);
        return value == null ? null : (Long) Values.integer(value);
    }
}
