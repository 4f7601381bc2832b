package org.xlstm4j.ops.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.xlstm4j.ops.Form;

/**
 * A kernel's source among the resources, with what it includes.
 *
 * @param name    its path below the operators' package
 * @param text    its text
 * @param headers the texts of all that it includes, directly or not, by the name they are included with
 */
record Source(String name, String text, Map<String, String> headers) {
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");
    private static final String SHARED = "cuda/";

    static Source of(String name) {
        var text = read(name);
        if (text == null) {
            throw new IllegalArgumentException("there is no CUDA source " + name);
        }
        var headers = new TreeMap<String, String>();
        addIncluded(folderOf(name), text, headers);
        return new Source(name, text, headers);
    }

    /** Headers lie in the folder of what includes them, among those that all share, or where their path says. */
    private static void addIncluded(String folder, String text, Map<String, String> headers) {
        var include = INCLUDE.matcher(text);
        while (include.find()) {
            var header = include.group(1);
            if (headers.containsKey(header)) {
                continue;
            }
            var path = Stream.of(folder + header, SHARED + header, header).filter(of -> read(of) != null).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no CUDA header " + header));
            headers.put(header, read(path));
            addIncluded(folderOf(path), headers.get(header), headers);
        }
    }

    private static String folderOf(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    private static String read(String name) {
        try (var stream = Form.class.getResourceAsStream(name)) {
            return stream == null ? null : new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the CUDA source " + name, e);
        }
    }
}
