package org.xlstm4j.serve;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What a server has done, in Prometheus' text format. */
final class Metrics {
    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder newTokens = new LongAdder();

    /** Counts a request, with status 499 if its client went away or had to be cut off. */
    void request(String path, int status) {
        requests.computeIfAbsent("path=\"" + path + "\",status=\"" + status + "\"", labels -> new LongAdder())
                .increment();
    }

    /** Counts the tokens of answers that were made. */
    void tokens(int prompt, int answer) {
        promptTokens.add(prompt);
        newTokens.add(answer);
    }

    String text(Workers workers) {
        var text = new StringBuilder("# TYPE xlstm4j_requests_total counter\n");
        requests.forEach((labels, count) -> text.append("xlstm4j_requests_total{").append(labels).append("} ")
                .append(count.sum()).append('\n'));
        metric(text, "requests_running", "gauge", workers.running());
        metric(text, "requests_waiting", "gauge", workers.waiting());
        metric(text, "prompt_tokens_total", "counter", promptTokens.sum());
        metric(text, "generated_tokens_total", "counter", newTokens.sum());
        metric(text, "generation_seconds_total", "counter", workers.seconds());
        return text.toString();
    }

    private static void metric(StringBuilder text, String name, String type, Number value) {
        text.append("# TYPE xlstm4j_").append(name).append(' ').append(type).append("\nxlstm4j_").append(name)
                .append(' ').append(value).append('\n');
    }
}
