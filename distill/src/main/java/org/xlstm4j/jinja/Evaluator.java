package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One rendering: runs statements, in scopes one within another. */
final class Evaluator {
    private enum Flow { ON, BREAK, CONTINUE }

    private final Budget budget = new Budget();
    private final Expressions expressions = new Expressions(this::lookUp, budget);
    private Scope scope;
    private StringBuilder out;
    private int line = 1;

    private record Scope(Map<String, Object> variables, Scope outer) { }

    Evaluator(Map<String, ?> variables, Map<String, ? extends Function<String, String>> functions) {
        var globals = new HashMap<String, Object>(Functions.all(budget));
        functions.forEach((name, function) -> globals.put(name,
                (Values.Function) given -> function.apply(Values.text(given.only("argument")))));
        variables.forEach((name, value) -> globals.put(name, Values.of(value, budget)));
        scope = new Scope(globals, null);
    }

    /** Where the rendering is, or where it failed. */
    int line() {
        return line;
    }

    String render(List<Statement> body) {
        return captured(scope, new HashMap<>(), body);
    }

    private Flow run(List<Statement> body) {
        for (var statement : body) {
            line = statement.line();
            budget.spend(1);
            var flow = run(statement);
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    /** Runs {@code body} in a scope within {@code outer} that has {@code variables}. */
    private Flow runWithin(Scope outer, Map<String, Object> variables, List<Statement> body) {
        var before = scope;
        scope = new Scope(variables, outer);
        try {
            return run(body);
        } finally {
            scope = before;
        }
    }

    private Flow run(Statement statement) {
        if (statement instanceof Statement.Text text) {
            write(text.text());
        } else if (statement instanceof Statement.Output output) {
            write(Writer.text(evaluate(output.value()), budget));
        } else if (statement instanceof Statement.If decision) {
            return run(Values.isTrue(evaluate(decision.condition())) ? decision.then() : decision.otherwise());
        } else if (statement instanceof Statement.For loop) {
            return run(loop);
        } else if (statement instanceof Statement.Set set) {
            assign(set);
        } else if (statement instanceof Statement.SetToText set) {
            scope.variables().put(set.name(), captured(scope, new HashMap<>(), set.body()));
        } else if (statement instanceof Statement.Macro macro) {
            var home = scope;
            scope.variables().put(macro.name(), (Values.Function) given -> call(macro, home, given));
        } else if (statement instanceof Statement.Group group) {
            return runWithin(scope, new HashMap<>(), group.body());
        }
        return statement instanceof Statement.Break ? Flow.BREAK
                : statement instanceof Statement.Continue ? Flow.CONTINUE : Flow.ON;
    }

    private void write(String text) {
        budget.spendOn(text);
        out.append(text);
    }

    private Object evaluate(Expression expression) {
        return expressions.evaluate(expression);
    }

    private Object lookUp(String name) {
        for (var each = scope; each != null; each = each.outer()) {
            budget.spend(1);
            if (each.variables().containsKey(name)) {
                return each.variables().get(name);
            }
        }
        return new Values.Undefined("'" + name + "' is undefined");
    }

    private void assign(Statement.Set set) {
        if (set.attribute() == null) {
            scope.variables().put(set.name(), evaluate(set.value()));
        } else if (lookUp(set.name()) instanceof Values.Namespace space) {
            space.attributes().put(set.attribute(), evaluate(set.value()));
        } else {
            throw new TemplateException("'" + set.name() + "' is no namespace, so its attributes cannot be set");
        }
    }

    private Flow run(Statement.For loop) {
        var elements = new ArrayList<Object>();
        for (var element : Values.elements(evaluate(loop.elements()))) {
            budget.spend(1);
            if (loop.filter() == null || passes(loop, element)) {
                elements.add(element);
            }
        }
        if (elements.isEmpty()) {
            return runWithin(scope, new HashMap<>(), loop.otherwise());
        }
        for (int i = 0; i < elements.size(); i++) {
            var variables = unpacked(loop.names(), elements.get(i));
            variables.put("loop", state(elements, i));
            if (runWithin(scope, variables, loop.body()) == Flow.BREAK) {
                break;
            }
        }
        return Flow.ON;
    }

    private boolean passes(Statement.For loop, Object element) {
        var before = scope;
        scope = new Scope(unpacked(loop.names(), element), before);
        try {
            return Values.isTrue(evaluate(loop.filter()));
        } finally {
            scope = before;
        }
    }

    private static Map<String, Object> unpacked(List<String> names, Object element) {
        var variables = new HashMap<String, Object>();
        if (names.size() == 1) {
            variables.put(names.get(0), element);
            return variables;
        }
        var parts = Values.elements(element);
        if (parts.size() != names.size()) {
            throw new TemplateException("an element of " + parts.size() + " cannot be unpacked to "
                    + String.join(", ", names));
        }
        for (int i = 0; i < names.size(); i++) {
            variables.put(names.get(i), parts.get(i));
        }
        return variables;
    }

    private static Values.Namespace state(List<Object> elements, int index) {
        var length = elements.size();
        var loop = new HashMap<String, Object>(Map.of("index0", (long) index, "index", index + 1L,
                "first", index == 0, "last", index == length - 1, "length", (long) length,
                "revindex0", length - index - 1L, "revindex", (long) (length - index)));
        if (index > 0) {
            loop.put("previtem", elements.get(index - 1));
        }
        if (index < length - 1) {
            loop.put("nextitem", elements.get(index + 1));
        }
        return new Values.Namespace(loop);
    }

    private String call(Statement.Macro macro, Scope home, Given given) {
        var names = macro.names();
        var variables = given.as(names.toArray(String[]::new));
        var firstDefault = names.size() - macro.defaults().size();
        for (int i = 0; i < names.size(); i++) {
            if (!variables.containsKey(names.get(i))) {
                variables.put(names.get(i), i < firstDefault
                        ? new Values.Undefined("the argument '" + names.get(i) + "' is not given")
                        : evaluate(macro.defaults().get(i - firstDefault)));
            }
        }
        var caller = line;
        var text = captured(home, variables, macro.body());
        line = caller;
        return text;
    }

    /** The text that {@code body} writes, run in a scope within {@code outer} that has {@code variables}. */
    private String captured(Scope outer, Map<String, Object> variables, List<Statement> body) {
        var before = out;
        out = new StringBuilder();
        try {
            if (runWithin(outer, variables, body) != Flow.ON) {
                throw new TemplateException("'break' or 'continue' stands outside of a loop");
            }
            return out.toString();
        } finally {
            out = before;
        }
    }
}
