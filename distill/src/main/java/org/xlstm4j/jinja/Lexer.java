package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.xlstm4j.jinja.Token.Kind;

/** Cuts a template into tokens, and the white space around blocks as trim_blocks, lstrip_blocks and signs say. */
final class Lexer {
    private static final Pattern TOKEN = Pattern.compile("""
            (?<float>(?<!\\.)\\d+(?:\\.\\d+(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+))|(?<integer>\\d+)\
            |(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)\
            |(?<string>'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'|"[^"\\\\]*+(?:\\\\.[^"\\\\]*+)*+")\
            |(?<operator>\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=.,:|()\\[\\]{}])""", Pattern.DOTALL);

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;

    Lexer(String source) {
        var text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    List<Token> tokens() {
        while (position < source.length()) {
            text();
            if (source.startsWith("{#", position)) {
                comment();
            } else if (source.startsWith("{%", position)) {
                code(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
            } else if (position < source.length()) {
                code(Kind.OUTPUT_BEGIN, Kind.OUTPUT_END, "}}");
            }
        }
        add(Kind.END, "");
        return tokens;
    }

    private void text() {
        var start = position;
        var end = start;
        while (end < source.length() && !(source.charAt(end) == '{' && "{%#".indexOf(charAt(end + 1)) >= 0)) {
            end++;
        }
        var text = source.substring(start, end);
        var sign = charAt(end + 2);
        if (sign == '-') {
            text = Strings.strip(text, null, false, true);
        } else if (sign != '+' && charAt(end + 1) != '{' && end < source.length()) {
            text = withoutIndent(text, start == 0 || source.charAt(start - 1) == '\n');
        }
        if (!text.isEmpty()) {
            add(Kind.TEXT, text);
        }
        advance(end);
    }

    private static String withoutIndent(String text, boolean beginsLine) {
        var begin = text.lastIndexOf('\n') + 1;
        return (begin > 0 || beginsLine) && Strings.strip(text.substring(begin), null, true, false).isEmpty()
                ? text.substring(0, begin) : text;
    }

    private void comment() {
        var end = source.indexOf("#}", position + 2);
        if (end < 0) {
            throw error("the comment is not closed");
        }
        advance(end);
        close("#}", source.charAt(end - 1));
    }

    private void code(Kind begin, Kind end, String closing) {
        add(begin, source.substring(position, position + 2));
        advance(position + (charAt(position + 2) == '-' || charAt(position + 2) == '+' ? 3 : 2));
        var depth = 0;
        while (true) {
            skipSpace();
            var signed = charAt(position) == '-' || charAt(position) == '+' && end == Kind.BLOCK_END;
            if (depth <= 0 && source.startsWith(closing, position + (signed ? 1 : 0))) {
                var sign = charAt(position);
                advance(position + (signed ? 1 : 0));
                add(end, closing);
                close(closing, sign);
                return;
            }
            depth += switch (token()) {
                case "(", "[", "{" -> 1;
                case ")", "]", "}" -> -1;
                default -> 0;
            };
        }
    }

    private String token() {
        var matcher = TOKEN.matcher(source).useTransparentBounds(true).region(position, source.length());
        if (!matcher.lookingAt()) {
            throw error(position < source.length() ? "'" + source.charAt(position) + "' cannot stand here"
                    : "the template ends inside a block");
        }
        var text = matcher.group();
        if (matcher.group("string") != null) {
            add(Kind.STRING, unescaped(text.substring(1, text.length() - 1)));
        } else {
            add(matcher.group("name") != null ? Kind.NAME : matcher.group("operator") != null ? Kind.OPERATOR
                    : matcher.group("float") != null ? Kind.FLOAT : Kind.INTEGER, text);
        }
        advance(matcher.end());
        return matcher.group("operator") != null ? text : "";
    }

    private String unescaped(String literal) {
        try {
            return Strings.unescape(literal);
        } catch (TemplateException e) {
            throw e.at(line);
        }
    }

    private void close(String closing, char sign) {
        advance(position + 2);
        if (sign == '-') {
            skipSpace();
        } else if (sign != '+' && !closing.equals("}}") && charAt(position) == '\n') {
            advance(position + 1);
        }
    }

    private void skipSpace() {
        var end = position;
        while (end < source.length() && Strings.isSpace(source.charAt(end))) {
            end++;
        }
        advance(end);
    }

    private void advance(int end) {
        for (; position < end; position++) {
            line += source.charAt(position) == '\n' ? 1 : 0;
        }
    }

    private char charAt(int index) {
        return index < source.length() ? source.charAt(index) : 0;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private TemplateException error(String problem) {
        return new TemplateException(problem).at(line);
    }
}
