package org.xlstm4j.distill.report;

import java.util.Locale;

/** The colours of students and of heat maps, as classes of the style sheet, to follow the reader's light or dark. */
final class Colors {
    /** How many students have a colour of their own; further ones have dashes. */
    private static final int STUDENTS = 8;
    private static final int LEVELS = 20;
    /** Of window, both alike and mLSTM; and of never and always. */
    private static final int[] LIGHT_MIXTURE = {0x1c5cab, 0x9ec5f4, 0xf0efec, 0xf3a79b, 0xb52b2a};
    private static final int[] DARK_MIXTURE = {0x6da7ec, 0x2a5f9e, 0x3a3a37, 0x9c3f35, 0xf08a7d};
    private static final int[] LIGHT_SHARE = {0xeef4fb, 0x9ec5f4, 0x3987e5, 0x184f95, 0x0d366b};
    private static final int[] DARK_SHARE = {0x20262e, 0x184f95, 0x2a78d6, 0x6da7ec, 0xcde2fb};

    private Colors() {
    }

    /** The classes of a student's marks. */
    static String student(int index) {
        return "s" + index % STUDENTS + (index < STUDENTS ? "" : " dashed");
    }

    /** The class of a share from 0 to 1 on the scale of mixtures, {@code g}, or of shares, {@code n}. */
    static String level(String scale, double share) {
        return scale + Math.round(share * LEVELS);
    }

    /** The rules of the heat maps' classes. */
    static String levels() {
        return rules("g", LIGHT_MIXTURE) + rules("n", LIGHT_SHARE) + "@media(prefers-color-scheme:dark){"
                + rules("g", DARK_MIXTURE) + rules("n", DARK_SHARE) + "}";
    }

    private static String rules(String scale, int[] stops) {
        var rules = new StringBuilder();
        for (var level = 0; level <= LEVELS; level++) {
            var color = between(stops, (double) level / LEVELS);
            rules.append(String.format(Locale.ROOT, ".%s%d{fill:#%06x}.%s%d+text{fill:%s}", scale, level, color, scale,
                    level, luminance(color) > 0.18 ? "#111" : "#fff"));
        }
        return rules.toString();
    }

    private static int between(int[] stops, double share) {
        var place = share * (stops.length - 1);
        var below = Math.min((int) place, stops.length - 2);
        var color = 0;
        for (var shift = 16; shift >= 0; shift -= 8) {
            var from = stops[below] >> shift & 0xff;
            var to = stops[below + 1] >> shift & 0xff;
            color |= (int) Math.round(from + (place - below) * (to - from)) << shift;
        }
        return color;
    }

    /** Relative luminance, by WCAG 2. */
    private static double luminance(int color) {
        return 0.2126 * linear(color >> 16 & 0xff) + 0.7152 * linear(color >> 8 & 0xff)
                + 0.0722 * linear(color & 0xff);
    }

    private static double linear(int channel) {
        var share = channel / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }
}
