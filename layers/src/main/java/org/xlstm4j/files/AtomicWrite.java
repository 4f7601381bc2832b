package org.xlstm4j.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.UUID;

/**
 * Files and folders that are either whole or not there: written under a temporary sibling's name, forced to the disk,
 * then moved in one step. Whatever fails, the temporary is deleted and the target is as it was.
 */
public final class AtomicWrite {

    /** Writes a file's content. */
    @FunctionalInterface
    public interface FileBody {
        void write(FileChannel channel) throws IOException;
    }

    /** Fills a folder; each file in it should be written with {@link AtomicWrite#file}, to be forced. */
    @FunctionalInterface
    public interface FolderBody {
        void write(Path folder) throws IOException;
    }

    private AtomicWrite() {
    }

    /** Creates or replaces the file {@code target}. */
    public static void file(Path target, FileBody body) throws IOException {
        var temporary = temporarySibling(target);
        try {
            try (var channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                body.write(channel);
                channel.force(true);
            }
            rename(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Gives a file that was written and forced its name in the same folder, for good. */
    public static void rename(Path file, Path target) throws IOException {
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        force(target.toAbsolutePath().getParent());
    }

    /**
     * Creates the folder {@code target}.
     *
     * @throws FileAlreadyExistsException if {@code target} exists and is not an empty folder
     */
    public static void folder(Path target, FolderBody body) throws IOException {
        requireFree(target);
        var temporary = temporarySibling(target);
        Files.createDirectories(temporary);
        try {
            body.write(temporary);
            force(temporary);
            requireFree(target);
            Files.deleteIfExists(target);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            force(temporary.getParent());
        } finally {
            deleteTree(temporary);
        }
    }

    private static void requireFree(Path target) throws IOException {
        if (Files.notExists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(
                    target.toString(), null, "exists and is not a folder; choose another target");
        }
        try (var entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new FileAlreadyExistsException(
                        target.toString(), null, "exists and is not empty; choose another target or remove it first");
            }
        }
    }

    private static Path temporarySibling(Path target) {
        var absolute = target.toAbsolutePath().normalize();
        return absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    /** Makes the entries of {@code folder} durable, where the system lets a folder be opened. */
    private static void force(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
