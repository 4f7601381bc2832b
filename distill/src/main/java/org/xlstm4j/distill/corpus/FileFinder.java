package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.xlstm4j.distill.corpus.CorpusException.Reason;

/** The files at places: files, folders and globs; those of a folder or glob sorted by path, each file once. */
final class FileFinder {
    private static final String GLOB_SIGNS = "*?[{";

    private FileFinder() {
    }

    static List<Path> find(List<String> places) throws IOException {
        var files = new LinkedHashSet<Path>();
        for (var place : places) {
            files.addAll(find(place));
        }
        return List.copyOf(files);
    }

    private static List<Path> find(String place) throws IOException {
        if (isGlob(place) && !existsAsItIs(place)) {
            return glob(place);
        }
        var path = Path.of(place);
        if (Files.isDirectory(path)) {
            return below(path, file -> Format.ofName(file).isPresent(), place,
                    "no file in it is named *.jsonl, *.ndjson, *.json, *.txt, *.text or *.md, also with .gz or .zst"
                            + " behind; name the files, or a glob");
        }
        if (Files.notExists(path)) {
            throw new CorpusException(Reason.NO_FILES, place + ": there is no such file or folder");
        }
        return List.of(path);
    }

    private static boolean isGlob(String text) {
        return text.chars().anyMatch(sign -> GLOB_SIGNS.indexOf(sign) >= 0);
    }

    private static boolean existsAsItIs(String place) {
        try {
            return Files.exists(Path.of(place));
        } catch (InvalidPathException e) {
            // Some systems forbid the signs of globs in names.
            return false;
        }
    }

    private static List<Path> glob(String place) throws IOException {
        var pattern = place.replace('\\', '/');
        var fixed = pattern.substring(0, firstSign(pattern));
        var root = fixed.substring(0, fixed.lastIndexOf('/') + 1);
        var folder = Path.of(root);
        if (!Files.isDirectory(folder)) {
            throw new CorpusException(Reason.NO_FILES, place + ": there is no folder " + root);
        }
        var rest = pattern.substring(root.length());
        // Java's **/ wants a folder; that of shells may be none.
        var matchers = Stream.of(rest, rest.replace("**/", ""))
                .map(glob -> folder.getFileSystem().getPathMatcher("glob:" + glob)).toList();
        return below(folder, file -> matchers.stream().anyMatch(glob -> glob.matches(folder.relativize(file))), place,
                "no file matches");
    }

    private static int firstSign(String pattern) {
        var first = 0;
        while (GLOB_SIGNS.indexOf(pattern.charAt(first)) < 0) {
            first++;
        }
        return first;
    }

    private static List<Path> below(Path folder, Predicate<Path> wanted, String place, String otherwise)
            throws IOException {
        List<Path> found;
        try (var paths = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            found = new ArrayList<>(paths.filter(file -> !isHidden(folder, file) && Files.isRegularFile(file))
                    .filter(wanted).toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (found.isEmpty()) {
            throw new CorpusException(Reason.NO_FILES, place + ": " + otherwise);
        }
        found.sort(Comparator.comparing(file -> folder.relativize(file).toString().replace('\\', '/')));
        return found;
    }

    /** Whether a part of the path below the folder begins with a dot, as caches and unfinished downloads do. */
    private static boolean isHidden(Path folder, Path file) {
        for (var part : folder.relativize(file)) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
