package org.xlstm4j.jinja;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A template, parsed with {@code trim_blocks} and {@code lstrip_blocks} set; safe to render on several threads.
 *
 * <p>Its text may be a stranger's: it reaches nothing but the variables given, and both its depth and its work end.
 */
public final class Template {
    private static final int MAX_LENGTH = 1_000_000;

    private final List<Statement> body;

    private Template(List<Statement> body) {
        this.body = body;
    }

    /**
     * Parses {@code source}.
     *
     * @throws TemplateException if it is malformed or has a statement that is not supported
     */
    public static Template parse(String source) {
        if (source.length() > MAX_LENGTH) {
            throw new TemplateException("the template has " + source.length() + " characters; at most " + MAX_LENGTH
                    + " are read");
        }
        try {
            return new Template(new Parser(new Lexer(source).tokens()).template());
        } catch (StackOverflowError e) {
            throw new TemplateException("the template is nested too deeply");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables null, booleans, numbers, strings, and lists and maps of them
     * @param functions functions the template may call with strings, by name
     * @throws IllegalArgumentException if a variable is something else
     * @throws TemplateException        if the template fails, raises an exception itself, or does not end in time
     */
    public String render(Map<String, ?> variables, Map<String, Function<String, String>> functions) {
        var evaluator = new Evaluator(variables, functions);
        try {
            return evaluator.render(body);
        } catch (TemplateException e) {
            throw e.at(evaluator.line());
        } catch (StackOverflowError e) {
            throw new TemplateException("the template nests calls or values too deeply").at(evaluator.line());
        }
    }
}
