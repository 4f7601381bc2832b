package org.xlstm4j.distill.report;

import java.util.List;

/** A table that scrolls within itself where the page is too narrow, by keyboard, too. */
final class HtmlTable {
    private final String caption;
    private final Tag body = Tag.of("tbody");
    private final List<String> header;
    private final String style;

    HtmlTable(String caption, String style, List<String> header) {
        this.caption = caption;
        this.style = style;
        this.header = header;
    }

    /** Adds a row, of which the first cell is what it is about. */
    HtmlTable row(Tag first, Tag... others) {
        body.with(Tag.of("tr").with(first).with(others));
        return this;
    }

    /** A row's first cell, with something smaller beneath it. */
    static Tag head(String text, String small) {
        var head = Tag.of("th", "scope", "row").text(text);
        return small.isEmpty() ? head : head.with(Tag.of("small").text(small));
    }

    static Tag cell(String text) {
        return Tag.of("td").text(text);
    }

    /** A figure over its interval. */
    static Tag cell(String figure, String interval) {
        return interval.isEmpty() ? cell(figure) : cell(figure).with(Tag.of("small").text(interval));
    }

    Tag tag() {
        var titles = Tag.of("tr");
        header.forEach(title -> titles.with(Tag.of("th", "scope", "col").text(title)));
        return Tag.of("div", "class", "scroll", "role", "region", "aria-label", caption, "tabindex", "0").with(
                Tag.of("table", "class", style).with(Tag.of("caption").text(caption),
                        Tag.of("thead").with(titles), body));
    }
}
