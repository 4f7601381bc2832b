package org.xlstm4j.distill.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.model.CausalLm;

/** Values in float64, computed elsewhere, and models without a tokenizer that they are of: a character a token. */
final class Golden {
    private static final JsonNode VALUES = read();
    private static final int FIRST = 0x4e00;

    private Golden() {
    }

    private static JsonNode read() {
        try {
            return new ObjectMapper().readTree(Golden.class.getResource("/evaluate/golden.json"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode of(String name) {
        return VALUES.get(name);
    }

    static CausalLm teacher() throws IOException {
        return Checkpoint.open(Fixtures.TIED).load();
    }

    static CausalLm olmo() throws IOException {
        return Checkpoint.open(Fixtures.folder("olmo2")).load();
    }

    /** The teacher with its last output projection halved. */
    static CausalLm near() throws IOException {
        var near = teacher();
        near.parameters().get("model.layers.2.self_attn.o_proj.weight").muli(0.5);
        return near;
    }

    static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
    }

    static List<int[]> texts() {
        return IntStream.range(0, 2).mapToObj(text -> ids(of("texts").get(text))).toList();
    }

    static String text(int... ids) {
        return new String(IntStream.of(ids).map(id -> FIRST + id).toArray(), 0, ids.length);
    }

    static Encoding encoding(int begin) {
        return new Encoding(text -> text.codePoints().map(point -> point - FIRST).toArray(), Golden::text, begin, 2);
    }
}
