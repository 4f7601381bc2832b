package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {
    @TempDir
    private Path folder;

    @Test
    void lossesBecomeAPicture() throws Exception {
        var file = folder.resolve("losses.png");

        LossChart.write("losses", Map.of("layer 0", List.of(1.0, 0.5, 0.1), "layer 1", List.of(2.0, 1.0, 0.9)), file);

        assertPicture(file, 900, 560);
    }

    @Test
    void gatesBecomeAPicture() throws Exception {
        var file = folder.resolve("gates.png");

        GateChart.write(new double[][] {{0.1, 0.9, 0.3}, {0.2, 0.5, 0.0}}, file);

        assertPicture(file, 700, 460);
    }

    @Test
    void spreadsBecomeAPicture() throws Exception {
        var file = folder.resolve("kl.png");

        SpreadChart.write("KL", "nats", List.of("a", "b", "c"),
                List.of(Spread.of(0.5, 0.6, 0.4), Spread.of(0.2, 0.1), Spread.of(0.05)), file);

        assertPicture(file, 900, 460);
    }

    private void assertPicture(Path file, int width, int height) throws Exception {
        var picture = ImageIO.read(file.toFile());
        assertThat(picture.getWidth()).isEqualTo(width);
        assertThat(picture.getHeight()).isEqualTo(height);
        assertThat(picture.getRGB(width / 2, height / 2)).isNotEqualTo(0);
        try (var files = Files.list(folder)) {
            assertThat(files).as("no temporary is left").containsExactly(file);
        }
    }
}
