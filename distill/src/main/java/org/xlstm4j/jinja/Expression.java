package org.xlstm4j.jinja;

import java.util.List;
import java.util.Map;

/** What has a value. */
sealed interface Expression {
    record Literal(Object value) implements Expression { }

    record Name(String name) implements Expression { }

    record ListOf(List<Expression> elements) implements Expression { }

    record TupleOf(List<Expression> elements) implements Expression { }

    record DictOf(List<Expression> keys, List<Expression> values) implements Expression { }

    record Attribute(Expression target, String name) implements Expression { }

    record Item(Expression target, Expression index) implements Expression { }

    /** A part of a sequence; each bound may be null. */
    record Slice(Expression target, Expression from, Expression to, Expression step) implements Expression { }

    record Call(Expression target, Arguments arguments) implements Expression { }

    record Filter(Expression target, String name, Arguments arguments) implements Expression { }

    record Test(Expression target, String name, Arguments arguments) implements Expression { }

    record Not(Expression operand) implements Expression { }

    record Negative(Expression operand) implements Expression { }

    record Binary(String operator, Expression left, Expression right) implements Expression { }

    /** {@code first < second <= third}: every operator stands between two neighbours. */
    record Comparison(List<Expression> operands, List<String> operators) implements Expression { }

    /** {@code otherwise} may be null. */
    record Conditional(Expression condition, Expression then, Expression otherwise) implements Expression { }

    /** What stands between a call's parentheses. */
    record Arguments(List<Expression> positional, Map<String, Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
