package org.xlstm4j.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

    private static Stream<Arguments> snippets() throws IOException {
        try (var stream = TemplateTest.class.getResourceAsStream("/chat/golden.json")) {
            return StreamSupport.stream(new ObjectMapper().readTree(stream).get("snippets").spliterator(), false)
                    .map(pair -> Arguments.of(pair.get(0).textValue(), pair.get(1).textValue()));
        }
    }

    private static String render(String source) {
        return Template.parse(source).render(Map.of(), Map.of());
    }

    @ParameterizedTest
    @MethodSource("snippets")
    void constructsAreRenderedAsJinja2RendersThem(String source, String expected) {
        assertThat(render(source)).isEqualTo(expected);
    }

    @Test
    void variablesAndFunctionsAreTheCallers() {
        var variables = new HashMap<String, Object>(Map.of("i", 3, "f", 1.5f, "list", List.of(1, Map.of("k", "v"))));
        variables.put("nothing", null);
        assertThat(Template.parse("{{ i + 1 }} {{ f }} {{ list[1].k }} {{ nothing is none }} {{ say('x') }}")
                .render(variables, Map.of("say", text -> text + "!"))).isEqualTo("4 1.5 v True x!");
        assertThatThrownBy(() -> Template.parse("").render(Map.of("a", new Object()), Map.of()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("java.lang.Object");
    }

    private static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("a\n{% if x %}", "line 2: no 'endif' closes"),
                Arguments.of("{% for x in [] %}\n{% endif %}", "line 2: the statement 'endif'"),
                Arguments.of("{% endfor %}", "line 1: the statement 'endfor' is not supported or closes no block"),
                Arguments.of("{% include 'x' %}", "line 1: the statement 'include' is not supported"),
                Arguments.of("{% extends 'x' %}", "line 1: the statement 'extends' is not supported"),
                Arguments.of("{% import 'x' as y %}", "line 1: the statement 'import' is not supported"),
                Arguments.of("\n{% call f() %}{% endcall %}", "line 2: the statement 'call' is not supported"),
                Arguments.of("{% for x in [1] recursive %}", "line 1: '%}' must stand where 'recursive' is"),
                Arguments.of("{% set a, b = 1, 2 %}", "line 1: '%}' must stand where ',' is"),
                Arguments.of("{{ }}", "line 1: a value must stand where '}}' is"),
                Arguments.of("{{ a\n+ }}", "line 2: a value must stand where '}}' is"),
                Arguments.of("{{ (1 }}", "line 1: the template ends inside a block"),
                Arguments.of("{{ (1 }} }}", "line 1: ')' must stand where '}' is"),
                Arguments.of("{{ a b }}", "line 1: '}}' must stand where 'b' is"),
                Arguments.of("{{ 'a }}", "line 1: ''' cannot stand here"),
                Arguments.of("{{ a| }}", "line 1: a name must stand where '}}' is"),
                Arguments.of("{{ 1", "line 1: the template ends inside a block"),
                Arguments.of("\n{# a", "line 2: the comment is not closed"),
                Arguments.of("{{ a ! b }}", "line 1: '!' cannot stand here"),
                Arguments.of("{{ '\\u12' }}", "line 1: the escape in '\\u12' is broken"),
                Arguments.of("{{ 99999999999999999999 }}", "line 1: the number 99999999999999999999 is too large"),
                Arguments.of("{{ f(a=1, 2) }}", "line 1: '=', after a named argument, must stand where"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void malformedTemplateNamesLineAndConstruct(String source, String message) {
        assertThatThrownBy(() -> Template.parse(source)).isInstanceOf(TemplateException.class)
                .hasMessageStartingWith(message);
    }

    private static Stream<Arguments> failing() {
        return Stream.of(
                Arguments.of("\n{{ raise_exception('no ' ~ 1) }}", "line 2: no 1"),
                Arguments.of("{{ a.b }}", "line 1: 'a' is undefined"),
                Arguments.of("{{ {}.a.b }}", "line 1: a dict has no 'a'"),
                Arguments.of("{{ 'a' + 1 }}", "line 1: '+' is not supported between a str and a int"),
                Arguments.of("{{ 'a' + b }}", "line 1: '+' is not supported between a str and a undefined: 'b' is"),
                Arguments.of("{{ '%s' % 1 }}", "line 1: '%' is not supported between a str"),
                Arguments.of("{{ 2 ** 3 }}", "line 1: '**' is not supported"),
                Arguments.of("{{ 1 / 0 }}", "line 1: '/' divides by 0"),
                Arguments.of("{{ 9223372036854775807 + 1 }}", "line 1: '+' divides by 0 or gives too large a number"),
                Arguments.of("{{ 1 < 'a' }}", "line 1: a int and a str have no order"),
                Arguments.of("{% for x in none %}{% endfor %}", "line 1: cannot go through a None"),
                Arguments.of("{% for a, b in [[1]] %}{% endfor %}", "line 1: an element of 1 cannot be unpacked"),
                Arguments.of("{{ 1|wordwrap }}", "line 1: the filter 'wordwrap' is not supported"),
                Arguments.of("{{ 1 is prime }}", "line 1: the test 'prime' is not supported"),
                Arguments.of("{{ 'a'.title() }}", "line 1: what is called here is no function or is not supported: "
                        + "a str has no 'title'"),
                Arguments.of("{{ [].append(1) }}", "line 1: what is called here is no function"),
                Arguments.of("{{ lipsum() }}", "line 1: what is called here is no function or is not supported: "
                        + "'lipsum' is undefined"),
                Arguments.of("{{ 1|tojson(foo=1) }}", "line 1: the argument 'foo' is not supported here"),
                Arguments.of("{{ missing|tojson }}", "line 1: cannot write a undefined: 'missing' is undefined"),
                Arguments.of("{% set x = 1 %}{% set x.y = 2 %}", "line 1: 'x' is no namespace"),
                Arguments.of("{{ '1e99'|int }}", "line 1: 'int' gives too large a number"),
                Arguments.of("{% break %}", "line 1: 'break' or 'continue' stands outside of a loop"));
    }

    @ParameterizedTest
    @MethodSource("failing")
    void failingTemplateNamesLineAndConstruct(String source, String message) {
        assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ range(1000000000) }}",
        "{{ 'a' * 9223372036854775807 }}",
        "{{ [0] * 2000000000 }}",
        "{% set n = namespace(s='a') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
        "{% set n = namespace(s=['a']) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}",
        "{% set n = namespace(s=1, t=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}"
                + "{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.s == n.t }}",
        "{% set n = namespace(s=[]) %}{% for i in range(99999) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s|tojson }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(99) }}",
        "{{ ('a' * 9999999)|replace('a', 'b' * 9999) }}",
        "{% set s = 'a' * 9999999 %}{% for i in range(99999) %}{{ 'b' in s }}{% endfor %}",
        "{{ ('ab' * 99999).split('a')|join('c' * 99999) }}",
        "{% set n = namespace(s=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ {n.s: 1} }}",
        "{% set n = namespace(s=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s in {} }}",
        "{% set n = namespace(s=1) %}{% set m = namespace(s=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}"
                + "{% set m.s = [m.s, m.s] %}{% endfor %}{{ n == m }}{{ n.s == m.s }}",
        "{{ ('a' * 9999999).find('a' * 4999999 + 'b') }}",
        "{{ ('a' * 9999999) is in('a' * 19999999) }}",
        "{{ ('a' * 9999999).split('a' * 4999999 + 'b') }}",
        "{{ ('a' * 9999999).strip('b' * 4999999 + 'a') }}",
        "{{ ('a' * 9999999)|trim('b' * 4999999 + 'a') }}",
        "{% set a = 'a' * 9999999 %}{{ a.startswith([a] * 999999) }}",
        "{% set a = 'a' * 9999999 %}{% for i in range(99999) %}{{ a < a ~ 'b' }}{% endfor %}",
        "{% set d = {'a' * 9999999: 1, 'a' * 9999999 ~ 'b': 1} %}{% for i in range(99999) %}{{ d|dictsort|length }}"
                + "{% endfor %}",
        "{{ ('ab' * 2999999).rsplit('a')|length }}{{ range(99999999) }}",
        "{{ [0.1] * 1000000 }}",
        "{% set n = namespace(a=0) %}{% for i in range(99999) %}{% set d = dict({}) %}{% for j in range(999) %}"
                + "{{ n.a }}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{ [[[1]]]|tojson(indent=999999999999) }}{% endfor %}"
    })
    void endlessTemplateIsStopped(String source) {
        assertThatThrownBy(() -> assertTimeoutPreemptively(Duration.ofSeconds(20), () -> render(source)))
                .isInstanceOf(TemplateException.class).hasMessageStartingWith("line 1: ");
    }

    @Test
    void longConversationIsRendered() {
        var messages = Collections.nCopies(2_000, Map.of("role", "user", "content", "long ".repeat(1_000)));
        var text = Template.parse("{% for m in messages[::-1] %}{% if '</x>' not in m.content %}{{ '<' + m.role + '>'"
                + " + m.content|trim + '\n' + '</x>' }}{% endif %}{% endfor %}")
                .render(Map.of("messages", messages), Map.of());
        assertThat(text).hasSize(2_000 * ("<user>\n</x>".length() + 4_999));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{'a':", "not ", "-", "a if b else ", "f("})
    void deeplyNestedTemplateIsRefused(String part) {
        assertThatThrownBy(() -> Template.parse("{{ " + part.repeat(50_000) + "}}"))
                .isInstanceOf(TemplateException.class);
    }

    @Test
    void longChainsAndTextsAreRefused() {
        assertThatThrownBy(() -> render("{{ 1" + " + 1".repeat(100_000) + " }}")).isInstanceOf(TemplateException.class)
                .hasMessageContaining("too deeply");
        assertThatThrownBy(() -> Template.parse("a".repeat(1_000_001))).isInstanceOf(TemplateException.class)
                .hasMessageContaining("1000001 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"''.__class__", "messages.class", "messages.size", "raise_exception.__globals__"})
    void insidesOfValuesAreUndefined(String source) {
        assertThat(Template.parse("{{ " + source + " is defined }}").render(Map.of("messages", List.of()), Map.of()))
                .isEqualTo("False");
    }

    @ParameterizedTest
    @ValueSource(strings = {"''.getClass()", "messages.clear()", "namespace.__init__.__globals__", "{}.update(a=1)",
        "[].class.forName('x')"})
    void javaAndChangesAreOutOfReach(String source) {
        var template = Template.parse("{{ " + source + " }}");
        assertThatThrownBy(() -> template.render(Map.of("messages", List.of()), Map.of()))
                .isInstanceOf(TemplateException.class);
    }
}
