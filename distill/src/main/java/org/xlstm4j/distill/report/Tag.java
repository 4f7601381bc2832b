package org.xlstm4j.distill.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** An element of HTML or of the SVG within it. All text and all attributes are escaped here, and nowhere else. */
final class Tag {
    private static final Set<String> VOID = Set.of("meta", "br");

    private final String name;
    private final List<String> attributes;
    private final List<Object> children = new ArrayList<>();

    private Tag(String name, List<String> attributes) {
        this.name = name;
        this.attributes = attributes;
    }

    /** An element with attributes, name and value in turn. */
    static Tag of(String name, String... attributes) {
        return new Tag(name, List.of(attributes));
    }

    /** Adds elements. */
    Tag with(Tag... more) {
        children.addAll(List.of(more));
        return this;
    }

    /** Adds elements. */
    Tag with(List<Tag> more) {
        children.addAll(more);
        return this;
    }

    /** Adds text. */
    Tag text(String text) {
        children.add(text);
        return this;
    }

    /** An attribute's number, to a hundredth. */
    static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }

    /** What stands for the text in HTML, whatever it holds. */
    static String escape(String text) {
        return Words.visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;").replace("'", "&#39;");
    }

    @Override
    public String toString() {
        var out = new StringBuilder();
        write(out);
        return out.toString();
    }

    private void write(StringBuilder out) {
        out.append('<').append(name);
        for (var i = 0; i < attributes.size(); i += 2) {
            out.append(' ').append(attributes.get(i)).append("=\"").append(escape(attributes.get(i + 1))).append('"');
        }
        out.append('>');
        for (var child : children) {
            if (child instanceof Tag tag) {
                tag.write(out);
            } else {
                // The project's own style sheet alone is not text.
                out.append(name.equals("style") ? child : escape((String) child));
            }
        }
        if (!VOID.contains(name)) {
            out.append("</").append(name).append('>');
        }
    }
}
