package org.xlstm4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicWriteTest {
    @TempDir
    Path folder;

    @Test
    void fileAppearsWhenItIsWhole() throws IOException {
        var target = folder.resolve("a");
        AtomicWrite.file(target, channel -> {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2}));
            assertThat(target).doesNotExist();
        });
        assertThat(Files.readAllBytes(target)).containsExactly(1, 2);
        AtomicWrite.file(target, channel -> channel.write(ByteBuffer.wrap(new byte[] {3})));
        assertThat(Files.readAllBytes(target)).containsExactly(3);
    }

    @Test
    void failedFolderLeavesNothing() {
        assertThatThrownBy(() -> AtomicWrite.folder(folder.resolve("x/out"), temporary -> {
            Files.createDirectory(temporary.resolve("sub"));
            Files.writeString(temporary.resolve("sub/half"), "…");
            throw new IOException("full");
        })).hasMessage("full");
        assertThat(folder.resolve("x")).isEmptyDirectory();
    }

    @Test
    void emptyFolderIsTakenAndAnyOtherTargetRefused() throws IOException {
        var target = Files.createDirectory(folder.resolve("out"));
        AtomicWrite.folder(target, temporary -> Files.writeString(temporary.resolve("a"), "1"));
        assertThat(target.resolve("a")).hasContent("1");
        assertThatThrownBy(() -> AtomicWrite.folder(target, temporary -> { }))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining(target + ": exists and is not empty");
        assertThatThrownBy(() -> AtomicWrite.folder(target.resolve("a"), temporary -> { }))
                .isInstanceOf(FileAlreadyExistsException.class).hasMessageContaining("not a folder");
        assertThat(target.resolve("a")).hasContent("1");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
    }
}
