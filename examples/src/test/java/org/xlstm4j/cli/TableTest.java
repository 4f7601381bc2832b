package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void firstColumnIsLeftAndTheOthersAreRight() {
        var table = Table.of("task", "n").row("a", "100").row("longer", Table.number(Double.NaN, 2));
        assertThat(table.lines()).containsExactly(
                "task      n",
                "-----------",
                "a       100",
                "longer    -");
    }

    @Test
    void numbersHaveAPoint() {
        assertThat(Table.number(1.23456, 3)).isEqualTo("1.235");
    }

    @Test
    void refusesRowsOfAnotherWidth() {
        var table = Table.of("a", "b");
        assertThatThrownBy(() -> table.row("c")).isInstanceOf(IllegalArgumentException.class);
    }
}
