package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.jinja.Token.Kind;

/** Reads the statements of a template; {@link ExpressionParser} reads what has a value. */
final class Parser {
    private final Tokens tokens;
    private final ExpressionParser expressions;

    Parser(List<Token> tokens) {
        this.tokens = new Tokens(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    List<Statement> template() {
        return body();
    }

    /** The statements up to a block named as one of {@code ends}, whose name is read; none means the template's end. */
    private List<Statement> body(String... ends) {
        var statements = new ArrayList<Statement>();
        var opened = tokens.peek();
        while (true) {
            var token = tokens.next();
            switch (token.kind()) {
                case TEXT -> statements.add(new Statement.Text(token.line(), token.text()));
                case OUTPUT_BEGIN -> {
                    statements.add(new Statement.Output(token.line(), expressions.expression()));
                    tokens.expect(Kind.OUTPUT_END);
                }
                case BLOCK_BEGIN -> {
                    if (List.of(ends).contains(tokens.peek().text())) {
                        return statements;
                    }
                    statements.add(block(tokens.name()));
                }
                default -> {
                    if (ends.length > 0) {
                        throw tokens.error(opened, "no '" + ends[ends.length - 1] + "' closes the block opened here");
                    }
                    return statements;
                }
            }
        }
    }

    private Statement block(Token keyword) {
        var line = keyword.line();
        return switch (keyword.text()) {
            case "if" -> conditional(line);
            case "for" -> loop(line);
            case "set" -> assignment(line);
            case "macro" -> macro(line);
            case "break" -> closed(new Statement.Break(line));
            case "continue" -> closed(new Statement.Continue(line));
            // What the assistant says: transformers marks it for training masks, the text is as without.
            case "generation" -> new Statement.Group(line, rest("endgeneration"));
            default -> throw tokens.error(keyword, "the statement '" + keyword.text() + "' is not supported"
                    + (keyword.text().startsWith("e") ? " or closes no block" : ""));
        };
    }

    private Statement conditional(int line) {
        var condition = expressions.expression();
        tokens.expect(Kind.BLOCK_END);
        var then = body("elif", "else", "endif");
        var keyword = tokens.next();
        return new Statement.If(line, condition, then, switch (keyword.text()) {
            case "elif" -> List.of(conditional(keyword.line()));
            case "else" -> rest("endif");
            default -> closed(List.of());
        });
    }

    private Statement loop(int line) {
        var names = new ArrayList<String>();
        do {
            names.add(tokens.name().text());
        } while (tokens.accept(","));
        tokens.expectName("in");
        var elements = expressions.unconditional();
        var filter = tokens.acceptName("if") ? expressions.expression() : null;
        tokens.expect(Kind.BLOCK_END);
        var body = body("else", "endfor");
        var otherwise = tokens.next().text().equals("else") ? rest("endfor") : closed(List.<Statement>of());
        return new Statement.For(line, List.copyOf(names), elements, filter, body, otherwise);
    }

    private Statement assignment(int line) {
        var name = tokens.name().text();
        var attribute = tokens.accept(".") ? tokens.name().text() : null;
        if (tokens.accept("=")) {
            return closed(new Statement.Set(line, name, attribute, expressions.expression()));
        }
        if (attribute != null) {
            throw tokens.unexpected("'='");
        }
        return new Statement.SetToText(line, name, rest("endset"));
    }

    private Statement macro(int line) {
        var name = tokens.name().text();
        var names = new ArrayList<String>();
        var defaults = new ArrayList<Expression>();
        tokens.expect("(");
        while (!tokens.accept(")")) {
            if (!names.isEmpty()) {
                tokens.expect(",");
            }
            names.add(tokens.name().text());
            if (tokens.accept("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.unexpected("'=', after an argument with a default,");
            }
        }
        return new Statement.Macro(line, name, List.copyOf(names), List.copyOf(defaults), rest("endmacro"));
    }

    /** The body between the end of this block and the block {@code end}. */
    private List<Statement> rest(String end) {
        tokens.expect(Kind.BLOCK_END);
        var body = body(end);
        tokens.next();
        return closed(body);
    }

    private <T> T closed(T result) {
        tokens.expect(Kind.BLOCK_END);
        return result;
    }
}
