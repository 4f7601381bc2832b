package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.xlstm4j.jinja.Expression.Arguments;
import org.xlstm4j.jinja.Token.Kind;

/** Reads expressions, with jinja2's precedence. */
final class ExpressionParser {
    private static final Set<String> COMPARING = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> NOT_OPERANDS = Set.of("else", "or", "and", "is", "in", "not", "if");
    private static final Set<Kind> OPERANDS = Set.of(Kind.NAME, Kind.STRING, Kind.INTEGER, Kind.FLOAT);

    private final Tokens tokens;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    Expression expression() {
        var value = unconditional();
        while (tokens.acceptName("if")) {
            var condition = unconditional();
            value = new Expression.Conditional(condition, value, tokens.acceptName("else") ? expression() : null);
        }
        return value;
    }

    /** An expression that an {@code if} ends. */
    Expression unconditional() {
        var value = and();
        while (tokens.acceptName("or")) {
            value = new Expression.Binary("or", value, and());
        }
        return value;
    }

    private Expression and() {
        var value = not();
        while (tokens.acceptName("and")) {
            value = new Expression.Binary("and", value, not());
        }
        return value;
    }

    private Expression not() {
        return tokens.acceptName("not") ? new Expression.Not(not()) : comparison();
    }

    private Expression comparison() {
        var operands = new ArrayList<>(List.of(sum()));
        var operators = new ArrayList<String>();
        while (true) {
            if (tokens.peek().kind() == Kind.OPERATOR && COMPARING.contains(tokens.peek().text())) {
                operators.add(tokens.next().text());
            } else if (tokens.acceptName("in")) {
                operators.add("in");
            } else if (tokens.acceptName("not")) {
                tokens.expectName("in");
                operators.add("not in");
            } else {
                return operators.isEmpty() ? operands.get(0) : new Expression.Comparison(operands, operators);
            }
            operands.add(sum());
        }
    }

    private Expression sum() {
        return binary(() -> binary(this::product, "~"), "+", "-");
    }

    private Expression product() {
        return binary(() -> binary(() -> unary(true), "**"), "*", "/", "//", "%");
    }

    private Expression binary(Supplier<Expression> operand, String... operators) {
        var value = operand.get();
        while (tokens.peek().kind() == Kind.OPERATOR && List.of(operators).contains(tokens.peek().text())) {
            value = new Expression.Binary(tokens.next().text(), value, operand.get());
        }
        return value;
    }

    private Expression unary(boolean filtered) {
        var value = tokens.accept("-") ? new Expression.Negative(unary(false)) : postfixed(primary());
        return filtered ? filtered(value) : value;
    }

    private Expression primary() {
        var token = tokens.next();
        return switch (token.kind()) {
            case NAME -> switch (token.text()) {
                case "true", "True" -> new Expression.Literal(true);
                case "false", "False" -> new Expression.Literal(false);
                case "none", "None" -> new Expression.Literal(null);
                default -> new Expression.Name(token.text());
            };
            case STRING -> string(token);
            case INTEGER, FLOAT -> number(token);
            case OPERATOR -> switch (token.text()) {
                case "(" -> parenthesised();
                case "[" -> new Expression.ListOf(list("]"));
                case "{" -> dict();
                default -> throw notAValue(token);
            };
            default -> throw notAValue(token);
        };
    }

    private TemplateException notAValue(Token token) {
        return tokens.error(token, "a value must stand where " + token + " is");
    }

    private Expression string(Token first) {
        var text = new StringBuilder(first.text());
        while (tokens.peek().kind() == Kind.STRING) {
            text.append(tokens.next().text());
        }
        return new Expression.Literal(text.toString());
    }

    private Expression number(Token token) {
        try {
            return new Expression.Literal(token.kind() == Kind.FLOAT ? (Object) Double.valueOf(token.text())
                    : (Object) Long.valueOf(token.text()));
        } catch (NumberFormatException e) {
            throw tokens.error(token, "the number " + token.text() + " is too large");
        }
    }

    private Expression parenthesised() {
        if (tokens.accept(")")) {
            return new Expression.TupleOf(List.of());
        }
        var value = expression();
        if (tokens.accept(",")) {
            var elements = new ArrayList<>(List.of(value));
            elements.addAll(list(")"));
            return new Expression.TupleOf(elements);
        }
        tokens.expect(")");
        return value;
    }

    private List<Expression> list(String end) {
        var elements = new ArrayList<Expression>();
        while (!tokens.accept(end)) {
            elements.add(expression());
            if (!tokens.at(end)) {
                tokens.expect(",");
            }
        }
        return elements;
    }

    private Expression dict() {
        var keys = new ArrayList<Expression>();
        var values = new ArrayList<Expression>();
        while (!tokens.accept("}")) {
            keys.add(expression());
            tokens.expect(":");
            values.add(expression());
            if (!tokens.at("}")) {
                tokens.expect(",");
            }
        }
        return new Expression.DictOf(keys, values);
    }

    private Expression postfixed(Expression target) {
        var value = target;
        while (true) {
            if (tokens.accept(".")) {
                var name = tokens.peek();
                value = name.kind() == Kind.INTEGER ? new Expression.Item(value, number(tokens.next()))
                        : new Expression.Attribute(value, tokens.name().text());
            } else if (tokens.accept("[")) {
                value = subscript(value);
            } else if (tokens.at("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression target) {
        var from = tokens.at(":") ? null : expression();
        if (tokens.accept("]")) {
            return new Expression.Item(target, from);
        }
        tokens.expect(":");
        var to = tokens.at(":") || tokens.at("]") ? null : expression();
        var step = tokens.accept(":") && !tokens.at("]") ? expression() : null;
        tokens.expect("]");
        return new Expression.Slice(target, from, to, step);
    }

    private Arguments arguments() {
        var positional = new ArrayList<Expression>();
        var named = new LinkedHashMap<String, Expression>();
        tokens.expect("(");
        while (!tokens.accept(")")) {
            var value = expression();
            if (value instanceof Expression.Name name && tokens.accept("=")) {
                named.put(name.name(), expression());
            } else if (named.isEmpty()) {
                positional.add(value);
            } else {
                throw tokens.unexpected("'=', after a named argument,");
            }
            if (!tokens.at(")")) {
                tokens.expect(",");
            }
        }
        return new Arguments(positional, named);
    }

    private Expression filtered(Expression target) {
        var value = target;
        while (true) {
            if (tokens.accept("|")) {
                var name = tokens.name().text();
                value = new Expression.Filter(value, name, tokens.at("(") ? arguments() : Arguments.NONE);
            } else if (tokens.acceptName("is")) {
                value = test(value);
            } else if (tokens.at("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression target) {
        var negated = tokens.acceptName("not");
        var test = new Expression.Test(target, tokens.name().text(), testArguments());
        return negated ? new Expression.Not(test) : test;
    }

    /** A test takes its only argument without parentheses too. */
    private Arguments testArguments() {
        if (tokens.at("(")) {
            return arguments();
        }
        var operand = tokens.peek().kind() == Kind.NAME ? !NOT_OPERANDS.contains(tokens.peek().text())
                : OPERANDS.contains(tokens.peek().kind()) || tokens.at("[") || tokens.at("{");
        return operand ? new Arguments(List.of(postfixed(primary())), Map.of()) : Arguments.NONE;
    }
}
