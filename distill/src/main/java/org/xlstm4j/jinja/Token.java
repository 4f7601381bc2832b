package org.xlstm4j.jinja;

/** A piece of a template: text, or what stands between its braces. */
record Token(Kind kind, String text, int line) {

    enum Kind { TEXT, BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END }

    boolean is(Kind wanted, String wantedText) {
        return kind == wanted && text.equals(wantedText);
    }

    @Override
    public String toString() {
        return kind == Kind.END ? "the end of the template" : "'" + text + "'";
    }
}
