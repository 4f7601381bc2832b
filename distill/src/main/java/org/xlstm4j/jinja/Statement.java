package org.xlstm4j.jinja;

import java.util.List;

/** What writes text, sets a variable or decides; begins at a line. */
sealed interface Statement {
    int line();

    record Text(int line, String text) implements Statement { }

    record Output(int line, Expression value) implements Statement { }

    record If(int line, Expression condition, List<Statement> then, List<Statement> otherwise) implements Statement { }

    /** {@code filter} may be null; there are several {@code names} where the elements are unpacked. */
    record For(int line, List<String> names, Expression elements, Expression filter, List<Statement> body,
               List<Statement> otherwise) implements Statement { }

    /** Sets a variable, or an {@code attribute} of the namespace in it unless that is null. */
    record Set(int line, String name, String attribute, Expression value) implements Statement { }

    record SetToText(int line, String name, List<Statement> body) implements Statement { }

    /** The last of {@code names} have the {@code defaults}. */
    record Macro(int line, String name, List<String> names, List<Expression> defaults, List<Statement> body)
            implements Statement { }

    record Break(int line) implements Statement { }

    record Continue(int line) implements Statement { }

    /** Statements with a scope of their own. */
    record Group(int line, List<Statement> body) implements Statement { }
}
