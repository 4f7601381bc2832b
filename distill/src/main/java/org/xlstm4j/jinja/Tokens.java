package org.xlstm4j.jinja;

import java.util.List;
import org.xlstm4j.jinja.Token.Kind;

/** The tokens of a template, to be read in order. */
final class Tokens {
    private final List<Token> tokens;
    private int position;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(position);
    }

    Token next() {
        var token = peek();
        position = Math.min(position + 1, tokens.size() - 1);
        return token;
    }

    boolean at(String operator) {
        return peek().is(Kind.OPERATOR, operator);
    }

    boolean atName(String name) {
        return peek().is(Kind.NAME, name);
    }

    boolean accept(String operator) {
        return at(operator) && next() != null;
    }

    boolean acceptName(String name) {
        return atName(name) && next() != null;
    }

    void expect(String operator) {
        if (!accept(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!acceptName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    void expect(Kind kind) {
        if (peek().kind() != kind) {
            throw unexpected(kind == Kind.BLOCK_END ? "'%}'" : "'}}'");
        }
        next();
    }

    Token name() {
        if (peek().kind() != Kind.NAME) {
            throw unexpected("a name");
        }
        return next();
    }

    TemplateException unexpected(String wanted) {
        return error(peek(), wanted + " must stand where " + peek() + " is");
    }

    TemplateException error(Token place, String problem) {
        return new TemplateException(problem).at(place.line());
    }
}
