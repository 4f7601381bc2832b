package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFilesTest {
    @TempDir
    Path temporary;
    private Path folder;

    @BeforeEach
    void createFolder() throws IOException {
        folder = Files.createDirectory(temporary.resolve("model"));
    }

    private void index(String shard) throws IOException {
        Files.writeString(folder.resolve(WeightFiles.INDEX), "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
    }

    private Path link(Path at, Path to) throws IOException {
        return Files.createSymbolicLink(at, at.getParent().relativize(to));
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> WeightFiles.find(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void shardsAreThoseOfTheIndex() throws IOException {
        index("part/a.safetensors");
        Files.createDirectory(folder.resolve("part"));
        assertRefused("not there: [part/a.safetensors]");
        var shard = Files.createFile(folder.resolve("part/a.safetensors"));
        Files.createFile(folder.resolve("part/b.safetensors"));
        assertThat(WeightFiles.find(folder).shards()).containsExactly(shard);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x.safetensors", "/x.safetensors", "a/../../x.safetensors", "", ".", "a/.."})
    void indexThatLeavesTheFolderIsRefused(String name) throws IOException {
        Files.createFile(temporary.resolve("x.safetensors"));
        index(name);
        assertRefused("tensor 'a' lies outside the checkpoint, in '" + name + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model-00001-of-00002.bin", "model.pt", "config.json"})
    void indexOfOtherFilesIsRefused(String name) throws IOException {
        Files.createFile(folder.resolve(name));
        index(name);
        assertRefused("tensor 'a' lies in '" + name + "'", "save the model as safetensors");
    }

    @Test
    void pickledWeightsAreRefusedByName() throws IOException {
        assertRefused("neither model.safetensors nor model.safetensors.index.json");
        Files.createFile(folder.resolve("pytorch_model.bin"));
        Files.createFile(folder.resolve("adapter.pt"));
        assertRefused("only adapter.pt, pytorch_model.bin: pickled weights", "run code", "as safetensors");
    }

    @Test
    void linksOutOfTheFolderAreRefused() throws IOException {
        var outside = Files.createFile(temporary.resolve("secret"));
        var single = link(folder.resolve(WeightFiles.SINGLE), outside);
        assertRefused(single + " is a link out of the checkpoint, to " + outside.toRealPath());
        Files.delete(single);
        index("a.safetensors");
        link(folder.resolve("a.safetensors"), outside);
        assertRefused("a.safetensors is a link out of the checkpoint");
    }

    @Test
    void linkedFoldersThatLeadOutAreRefused() throws IOException {
        Files.createFile(Files.createDirectory(temporary.resolve("other")).resolve("a.safetensors"));
        link(folder.resolve("part"), temporary.resolve("other"));
        index("part/a.safetensors");
        assertRefused("a.safetensors is a link out of the checkpoint");
    }

    @Test
    void linkedIndexIsRefused() throws IOException {
        var outside = Files.writeString(temporary.resolve("secret.json"), "{\"weight_map\": {}}");
        link(folder.resolve(WeightFiles.INDEX), outside);
        assertRefused("index.json is a link out of the checkpoint");
    }

    @Test
    void linksWithinTheFolderAreFollowed() throws IOException {
        link(folder.resolve(WeightFiles.SINGLE), Files.createFile(folder.resolve("x")));
        assertThat(WeightFiles.find(folder).shards()).containsExactly(folder.resolve(WeightFiles.SINGLE));
        var alias = Files.createSymbolicLink(temporary.resolve("alias"), folder);
        assertThat(WeightFiles.find(alias).shards()).containsExactly(alias.resolve(WeightFiles.SINGLE));
    }

    @Test
    void linksToTheBlobsOfTheHubsCacheAreFollowed() throws IOException {
        var repository = Files.createDirectories(temporary.resolve("hub/models--a--b"));
        var blob = Files.createFile(Files.createDirectory(repository.resolve("blobs")).resolve("0123"));
        folder = Files.createDirectories(repository.resolve("snapshots/4567"));
        link(folder.resolve(WeightFiles.SINGLE), blob);
        assertThat(WeightFiles.find(folder).shards()).containsExactly(folder.resolve(WeightFiles.SINGLE));
        Files.delete(blob);
        link(blob, Files.createFile(temporary.resolve("secret")));
        assertRefused("is a link out of the checkpoint");
    }
}
