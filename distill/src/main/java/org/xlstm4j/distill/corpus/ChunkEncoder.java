package org.xlstm4j.distill.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.distill.data.Document;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * Records to documents to tokens; several threads may use it at once.
 *
 * @param encoding texts to tokens
 * @param packing  what the tokens are for
 * @param heldOut  which documents are wanted
 */
record ChunkEncoder(Encoding encoding, PackingOptions packing, HeldOut heldOut) {
    private static final String EXPECTED = "; expected {\"text\": …} or {\"prompt\": …, \"answer\": …}";

    Item.Chunk encode(RawChunk chunk) {
        var items = new ArrayList<Item>(chunk.records().size());
        for (var record : chunk.records()) {
            items.add(encode(chunk, record));
        }
        return new Item.Chunk(items, chunk.isEmpty(), chunk.passEnds());
    }

    private Item encode(RawChunk chunk, RawRecord record) {
        Document document;
        try {
            document = document(chunk.format(), record);
        } catch (IllegalArgumentException e) {
            return new Item.Corrupt(where(chunk, record) + e.getMessage());
        }
        if (!heldOut.selects(document)) {
            return new Item.OtherPart();
        }
        try {
            var tokens = encoding.document(document);
            return tokens.counts(packing)
                    ? new Item.Usable(tokens, new SourcePlace(chunk.pass(), chunk.file(), record.endOffset(),
                            record.endLine(), 0))
                    : new Item.WithoutLoss();
        } catch (RuntimeException e) {
            return new Item.Failed(
                    new CorpusException(Reason.TOKENIZER, where(chunk, record) + "the tokenizer failed: " + e, e));
        }
    }

    private static String where(RawChunk chunk, RawRecord record) {
        return chunk.path() + ":" + record.line() + ": ";
    }

    private static Document document(Format format, RawRecord record) {
        if (record.bytes() == null) {
            throw new IllegalArgumentException("the line is longer than " + LineRecords.MOST_BYTES + " bytes");
        }
        return switch (format) {
            case JSON_LINES -> json(record);
            case TEXT -> text(record);
        };
    }

    private static Document json(RawRecord record) {
        try {
            return JsonLines.document(record.bytes());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + EXPECTED, e);
        }
    }

    private static Document text(RawRecord record) {
        try {
            return Document.text(UTF_8.newDecoder().decode(ByteBuffer.wrap(record.bytes())).toString());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text that begins here is not UTF-8", e);
        }
    }
}
