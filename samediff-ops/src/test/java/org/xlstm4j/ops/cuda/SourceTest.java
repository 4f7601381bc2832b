package org.xlstm4j.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SourceTest {

    @Test
    void bringsWhatIsIncludedDirectlyOrNot() {
        var source = Source.of("linear/swiglu.cu");
        assertThat(source.text()).contains("__global__");
        assertThat(source.headers().keySet()).containsExactly("numbers.cuh", "types.cuh");
        assertThat(source.headers().get("types.cuh")).contains("struct alignas(2) bf16");
    }

    @Test
    void headersOfAnotherFolderBringTheirNeighbours() {
        assertThat(Source.of("hybrid/hybrid_step.cu").headers().keySet())
                .contains("attention/step.cuh", "sight.cuh", "types.cuh");
    }

    @Test
    void namesWhatIsMissing() {
        assertThatIllegalArgumentException().isThrownBy(() -> Source.of("linear/nothing.cu"))
                .withMessageContaining("linear/nothing.cu");
    }
}
