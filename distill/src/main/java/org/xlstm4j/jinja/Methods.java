package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xlstm4j.jinja.Values.Function;

/** The methods of strings and dicts that change nothing. */
final class Methods {
    private Methods() {
    }

    /** The method of {@code text} by that name, or null. */
    static Function of(String text, String name, Budget budget) {
        Function method = switch (name) {
            case "strip" -> given -> Strings.strip(text, characters(text, given, budget), true, true);
            case "lstrip" -> given -> Strings.strip(text, characters(text, given, budget), true, false);
            case "rstrip" -> given -> Strings.strip(text, characters(text, given, budget), false, true);
            case "split", "rsplit" -> given -> split(text, name, given, budget);
            case "splitlines" -> given -> given.as().isEmpty() ? lines(text) : null;
            case "startswith" -> given -> anyOf(given.only("prefix"), budget).stream().anyMatch(text::startsWith);
            case "endswith" -> given -> anyOf(given.only("suffix"), budget).stream().anyMatch(text::endsWith);
            case "replace" -> given -> replace(text, given, budget);
            case "find" -> given -> found(text, text.indexOf(sought(text, given, budget)));
            case "rfind" -> given -> found(text, text.lastIndexOf(sought(text, given, budget)));
            case "count" -> given -> Strings.count(text, sought(text, given, budget));
            case "join" -> given -> join(text, Values.elements(given.only("iterable")), budget);
            case "upper" -> given -> given.as().isEmpty() ? text.toUpperCase(Locale.ROOT) : null;
            case "lower" -> given -> given.as().isEmpty() ? text.toLowerCase(Locale.ROOT) : null;
            case "capitalize" -> given -> given.as().isEmpty() ? Strings.capitalize(text) : null;
            case "isspace" -> given -> !text.isEmpty() && text.codePoints().allMatch(Strings::isSpace);
            case "isdigit" -> given -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            default -> null;
        };
        return method == null ? null : given -> {
            budget.spendOn(text);
            var result = method.call(given);
            budget.spendOn(result);
            return result;
        };
    }

    /** The method of {@code map} by that name, or null. */
    static Function of(Map<?, ?> map, String name, Budget budget) {
        return switch (name) {
            case "get" -> given -> get(map, given.as("key", "default"));
            case "keys" -> given -> all(new ArrayList<Object>(map.keySet()), given, budget);
            case "values" -> given -> all(new ArrayList<Object>(map.values()), given, budget);
            case "items" -> given -> all(items(map), given, budget);
            default -> null;
        };
    }

    static List<Object> items(Map<?, ?> map) {
        var items = new ArrayList<Object>();
        map.forEach((key, value) -> {
            var item = new ArrayList<Object>();
            item.add(key);
            item.add(value);
            items.add(new Tuple(item));
        });
        return items;
    }

    static String join(String separator, List<?> parts, Budget budget) {
        var texts = new ArrayList<String>();
        for (var part : parts) {
            budget.spendOn(Values.text(part));
            budget.spendOn(separator);
            texts.add(Values.text(part));
        }
        return String.join(separator, texts);
    }

    static String replace(String text, Given given, Budget budget) {
        var bound = given.as("old", "new", "count");
        var old = Values.text(bound.get("old"));
        var replacement = Values.text(bound.get("new"));
        var limit = bound.get("count") == null ? -1 : Values.integer(bound.get("count"));
        budget.spendOnSearch(text, old);
        var matches = limit < 0 ? Strings.count(text, old) : Math.min(limit, Strings.count(text, old));
        budget.spend(matches * Math.max(1, replacement.length()));
        if (limit < 0 && !old.isEmpty()) {
            return text.replace(old, replacement);
        }
        var left = new long[] {matches};
        return Pattern.compile(old, Pattern.LITERAL).matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(
                        left[0]-- > 0 ? replacement : match.group()));
    }

    private static Object all(List<Object> elements, Given given, Budget budget) {
        given.as();
        budget.spendOn(elements);
        return elements;
    }

    private static Object get(Map<?, ?> map, Map<String, Object> given) {
        var key = Values.key(given.get("key"));
        return map.containsKey(key) ? map.get(key) : given.get("default");
    }

    /** What a strip takes away; null for white space. */
    static String characters(String text, Given given, Budget budget) {
        var characters = given.as("chars").get("chars");
        if (characters == null) {
            return null;
        }
        budget.spendOnSearch(text, Values.text(characters));
        return Values.text(characters);
    }

    private static String sought(String text, Given given, Budget budget) {
        var part = Values.text(given.only("sub"));
        budget.spendOnSearch(text, part);
        return part;
    }

    private static List<Object> split(String text, String name, Given given, Budget budget) {
        var bound = given.as("sep", "maxsplit");
        var separator = bound.get("sep") == null ? null : Values.text(bound.get("sep"));
        var limit = bound.containsKey("maxsplit") ? Values.integer(bound.get("maxsplit")) : -1;
        if (separator != null && separator.isEmpty() || separator == null && name.equals("rsplit") && limit >= 0) {
            throw new TemplateException("'" + name + "' needs a separator here");
        }
        budget.spendOnSearch(text, separator == null ? "" : separator);
        return separator == null || name.equals("split") ? Strings.split(text, separator, limit)
                : Strings.splitFromEnd(text, separator, limit);
    }

    private static List<Object> lines(String text) {
        return new ArrayList<>(text.lines().toList());
    }

    private static List<String> anyOf(Object given, Budget budget) {
        var several = given instanceof List<?> list ? list : List.of(Values.text(given));
        several.forEach(budget::spendOn);
        return several.stream().map(Values::text).toList();
    }

    private static long found(String text, int index) {
        return index < 0 ? -1 : text.codePointCount(0, index);
    }
}
