package org.xlstm4j.distill.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page as a browser shows it; with {@code -Dreport.shots=FOLDER} its pictures are kept. */
class HtmlPageInBrowserTest {
    private static final int PHONE = 360;

    @TempDir
    private static Path folder;
    private static Browser browser;
    private static Path page;

    @BeforeAll
    static void open() throws Exception {
        var program = Browser.find();
        assumeTrue(program.isPresent(), "no browser: install chromium, or name one by XLSTM4J_BROWSER");
        page = Files.writeString(folder.resolve("report.html"), Examples.full().html());
        browser = Browser.open(program.get(), Files.createDirectory(folder.resolve("profile")));
    }

    @AfterAll
    static void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"360, false", "360, true", "820, false", "1400, true"})
    void pageFitsItsWidth(int width, boolean dark) throws Exception {
        browser.show(page, width, 800, dark);

        keep(browser.screenshot(), "report-" + width + (dark ? "-dark" : "") + ".png");
        browser.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt()).isEqualTo(width);
        assertThat(browser.evaluate("window.innerWidth").asInt()).isEqualTo(width);
        // What stands out of its section and cannot be scrolled to within it.
        assertThat(browser.evaluate("[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, svg')"
                + " && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80)).join()")
                .asText("?")).isEmpty();
    }

    @Test
    void pageLoadsNothingRunsNothingAndHasNoErrors() throws Exception {
        browser.show(page, PHONE, 800, false);

        assertThat(browser.events("Network.requestWillBeSent"))
                .extracting(request -> request.path("request").path("url").asText())
                .containsExactly(page.toUri().toString());
        assertThat(browser.events("Log.entryAdded")).isEmpty();
        assertThat(browser.events("Runtime.exceptionThrown")).isEmpty();
        assertThat(browser.events("Page.javascriptDialogOpening")).isEmpty();
        assertThat(browser.evaluate("document.scripts.length").asInt()).isZero();
        assertThat(browser.evaluate("document.title").asText()).startsWith("Report on <script>alert(1)</script> & ");
    }

    @Test
    void letteringOfChartsCanBeReadOnAPhone() throws Exception {
        browser.show(page, PHONE, 800, false);

        double least = browser.evaluate("Math.min(...[...document.querySelectorAll('svg.chart')].map(svg =>"
                + " parseFloat(getComputedStyle(svg).fontSize) * svg.getBoundingClientRect().width"
                + " / svg.viewBox.baseVal.width))").asDouble();
        assertThat(least).isGreaterThan(9);
        assertThat(browser.evaluate("[...document.querySelectorAll('svg.chart text')].filter(text => {"
                + " const t = text.getBoundingClientRect(), s = text.ownerSVGElement.getBoundingClientRect();"
                + " return t.left < s.left - 1 || t.right > s.right + 1 || t.bottom > s.bottom + 1 })"
                + ".map(text => text.textContent).join()").asText("?")).as("text cut off").isEmpty();
    }

    @Test
    void everyChartIsDrawnWhole() throws Exception {
        browser.show(page, 1400, 800, false);

        // Curves, domains, costs, two maps of gates and two of needles.
        assertThat(browser.evaluate("document.querySelectorAll('svg.chart[role=img][aria-label]').length").asInt())
                .isEqualTo(7);
        assertThat(browser.evaluate("document.querySelectorAll('.maps rect').length").asInt())
                .isEqualTo(32 * 32 + 2 * 3 + 2 * 19);
        assertThat(browser.evaluate("[...document.querySelectorAll('path, polyline, polygon')].every(e =>"
                + " !/NaN|Infinity/.test(e.outerHTML) && e.getBoundingClientRect().width > 0)").asBoolean()).isTrue();
    }

    @Test
    void tablesAreNamedAndTheirCellsHaveHeaders() throws Exception {
        browser.show(page, PHONE, 800, false);

        assertThat(browser.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && t.tHead"
                + " && [...t.tHead.rows[0].cells].every(c => c.scope === 'col')"
                + " && [...t.tBodies[0].rows].every(r => r.cells[0].scope === 'row'"
                + " && r.cells.length === t.tHead.rows[0].cells.length))").asBoolean()).isTrue();
        assertThat(browser.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0"
                + " && e.getAttribute('aria-label'))").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void wordsStandOutFromTheirGround(boolean dark) throws Exception {
        browser.show(page, PHONE, 800, dark);

        double weakest = browser.evaluate("(() => {"
                + "const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);"
                + "const lin = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;"
                + "const lum = c => 0.2126 * lin(c[0]) + 0.7152 * lin(c[1]) + 0.0722 * lin(c[2]);"
                + "const ground = e => { for (; e; e = e.parentElement) {"
                + " const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; }};"
                + "const contrast = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p);"
                + " return (x + 0.05) / (y + 0.05); };"
                + "return Math.min(...[...document.querySelectorAll('p, td, th, small, dt, dd, li, span, summary, h2')]"
                + ".map(e => contrast(rgb(getComputedStyle(e).color), ground(e)))); })()").asDouble();
        assertThat(weakest).isGreaterThan(4.5);
    }

    private static void keep(byte[] picture, String name) throws Exception {
        var kept = System.getProperty("report.shots");
        if (kept != null) {
            Files.write(Files.createDirectories(Path.of(kept)).resolve(name), picture);
        }
    }
}
