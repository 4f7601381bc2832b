package org.xlstm4j.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.OptionalInt;

/**
 * What tokens can spell.
 *
 * @param characters code points in tokens' own texts
 * @param bytes      bytes that tokens stand for
 */
record Alphabet(BitSet characters, BitSet bytes) {

    static Alphabet of(Vocabulary vocabulary, TextSteps.Plan plan) {
        var alphabet = new Alphabet(new BitSet(), new BitSet());
        for (int id = 0; id < vocabulary.size(); id++) {
            var token = vocabulary.tokens()[id];
            if (token != null && !vocabulary.special().get(id)) {
                alphabet.add(token, plan);
            }
        }
        return alphabet;
    }

    private void add(String token, TextSteps.Plan plan) {
        int fallback = plan.fallback() ? ByteLetters.fallback(token) : -1;
        if (fallback >= 0) {
            bytes.set(fallback);
        } else if (plan.bytes()) {
            for (byte value : ByteLetters.bytes(token)) {
                bytes.set(Byte.toUnsignedInt(value));
            }
        } else {
            // Behind another token, where none is a text's first.
            var last = new TextStep.Collect();
            var first = plan.before(last);
            first.accept(token);
            first.accept(token);
            first.end();
            last.take().codePoints().forEach(characters::set);
        }
    }

    OptionalInt firstUnknown(String text) {
        return text.codePoints().filter(character -> !characters.get(character) && !hasBytes(character)).findFirst();
    }

    private boolean hasBytes(int character) {
        // A lone surrogate has no bytes, and becomes a question mark here.
        if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
            return false;
        }
        for (byte value : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
            if (!bytes.get(Byte.toUnsignedInt(value))) {
                return false;
            }
        }
        return true;
    }
}
