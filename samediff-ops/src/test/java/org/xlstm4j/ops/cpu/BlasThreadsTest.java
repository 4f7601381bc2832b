package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_get_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;

import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlasThreadsTest {
    private int before;

    @BeforeEach
    void giveOpenBlasThreads() {
        before = blas_get_num_threads();
        blas_set_num_threads(2);
    }

    @AfterEach
    void restore() {
        blas_set_num_threads(before);
    }

    @Test
    void kernelsHaveOpenBlasToThemselvesAndGiveItBack() {
        var seen = new ArrayList<Integer>();
        BlasThreads.run(() -> {
            seen.add(blas_get_num_threads());
            BlasThreads.run(() -> seen.add(blas_get_num_threads()));
            seen.add(blas_get_num_threads());
        });
        assertThat(seen).containsExactly(1, 1, 1);
        assertThat(blas_get_num_threads()).isEqualTo(2);
    }

    @Test
    void aFailingKernelGivesItBack() {
        assertThatThrownBy(() -> BlasThreads.run(() -> {
            throw new IllegalStateException("kernel");
        })).hasMessage("kernel");
        assertThat(blas_get_num_threads()).isEqualTo(2);
    }
}
