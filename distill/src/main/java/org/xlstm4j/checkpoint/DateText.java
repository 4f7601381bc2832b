package org.xlstm4j.checkpoint;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xlstm4j.jinja.TemplateException;

/** Dates as C's {@code strftime} writes them, in English. */
final class DateText {
    private static final Pattern DIRECTIVE = Pattern.compile("%(-?.|$)", Pattern.DOTALL);

    private DateText() {
    }

    static String of(LocalDateTime date, String format) {
        return DIRECTIVE.matcher(format).replaceAll(match -> Matcher.quoteReplacement(
                match.group(1).equals("%") ? "%" : date.format(formatter(match.group(1)))));
    }

    private static DateTimeFormatter formatter(String directive) {
        return DateTimeFormatter.ofPattern(switch (directive) {
            case "Y" -> "uuuu";
            case "y" -> "uu";
            case "m" -> "MM";
            case "-m" -> "M";
            case "B" -> "MMMM";
            case "b" -> "MMM";
            case "d" -> "dd";
            case "-d" -> "d";
            case "A" -> "EEEE";
            case "a" -> "EEE";
            case "j" -> "DDD";
            case "H" -> "HH";
            case "I" -> "hh";
            case "M" -> "mm";
            case "S" -> "ss";
            case "p" -> "a";
            case "F" -> "uuuu-MM-dd";
            case "T" -> "HH:mm:ss";
            default -> throw new TemplateException("the directive %" + directive + " of a date is not supported");
        }, Locale.ENGLISH);
    }
}
