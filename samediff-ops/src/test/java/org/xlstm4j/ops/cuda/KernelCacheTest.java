package org.xlstm4j.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelCacheTest {
    private static final byte[] CODE = {1, 2, 3};

    @TempDir
    private Path folder;
    private int compiled;

    private byte[] get(Path at, String... parts) {
        return new KernelCache(at).get(List.of(parts), () -> {
            compiled++;
            return CODE.clone();
        });
    }

    @Test
    void compilesOnceWhatIsTheSame() {
        assertThat(get(folder, "source", "sm_90")).isEqualTo(CODE);
        assertThat(get(folder, "source", "sm_90")).isEqualTo(CODE);
        assertThat(compiled).isEqualTo(1);
    }

    @Test
    void compilesAgainWhereAnyPartDiffers() {
        get(folder, "source", "sm_90");
        get(folder, "source", "sm_80");
        get(folder, "sources", "m_90");
        get(folder, "source");
        assertThat(compiled).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 32, 34})
    void compilesAgainWhereAFileIsDamaged(int length) throws IOException {
        get(folder, "source");
        var file = onlyFile();
        var content = Files.readAllBytes(file);
        var damaged = new byte[length];
        System.arraycopy(content, 0, damaged, 0, length);
        Files.write(file, damaged);
        assertThat(get(folder, "source")).isEqualTo(CODE);
        assertThat(compiled).isEqualTo(2);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void worksWithoutAFolderToWriteTo() throws IOException {
        var notAFolder = Files.writeString(folder.resolve("file"), "");
        assertThat(get(notAFolder, "source")).isEqualTo(CODE);
        assertThat(get(notAFolder, "source")).isEqualTo(CODE);
        assertThat(compiled).isEqualTo(2);
    }

    @Test
    void leavesNothingHalfWrittenBehind() throws IOException {
        get(folder.resolve("new"), "source");
        try (var files = Files.list(folder.resolve("new"))) {
            assertThat(files).singleElement().satisfies(file -> assertThat(file.getFileName().toString())
                    .matches("[0-9a-f]{64}"));
        }
    }

    private Path onlyFile() throws IOException {
        try (var files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }
}
