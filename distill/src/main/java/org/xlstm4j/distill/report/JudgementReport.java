package org.xlstm4j.distill.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Judgement;

/**
 * A judgement with what belongs beside it.
 *
 * @param title     of the report
 * @param judgement the students against their teacher
 * @param costs     their recovery against their cost, if that is known
 * @param gates     the students' mixtures of mLSTM and window
 * @param needles   what models found in haystacks
 * @param settings  all settings, by what they are of
 */
public record JudgementReport(String title, Judgement judgement, Optional<CostFront> costs, List<GateMap> gates,
                              List<NeedleMap> needles, Map<String, Map<String, String>> settings) {

    public JudgementReport {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(judgement, "judgement");
        Objects.requireNonNull(costs, "costs");
        gates = List.copyOf(gates);
        needles = List.copyOf(needles);
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /** A report of the judgement alone. */
    public static JudgementReport of(String title, Judgement judgement) {
        return new JudgementReport(title, judgement, Optional.empty(), List.of(), List.of(), Map.of());
    }

    /** This report with costs. */
    public JudgementReport withCosts(CostFront known) {
        return new JudgementReport(title, judgement, Optional.of(known), gates, needles, settings);
    }

    /** This report with the mixtures of these students. */
    public JudgementReport withGates(List<GateMap> maps) {
        return new JudgementReport(title, judgement, costs, maps, needles, settings);
    }

    /** This report with the needles of these models. */
    public JudgementReport withNeedles(List<NeedleMap> maps) {
        return new JudgementReport(title, judgement, costs, gates, maps, settings);
    }

    /** This report with these settings, by what they are of. */
    public JudgementReport withSettings(Map<String, Map<String, String>> all) {
        return new JudgementReport(title, judgement, costs, gates, needles, all);
    }

    /**
     * One HTML page with its charts in it: no script, nothing from elsewhere, light or dark as the reader's system,
     * and readable from 360 pixels of width on.
     */
    public String html() {
        return HtmlPage.of(this);
    }

    /** The same in tables of Markdown, GitHub's flavour. */
    public String markdown() {
        return MarkdownText.of(this);
    }
}
