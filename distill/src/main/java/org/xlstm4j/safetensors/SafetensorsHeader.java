package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/**
 * A safetensors header, held against every rule of the format.
 *
 * @param dataStart offset of the first tensor byte in the file
 * @param tensors   tensors by name, in the order of their bytes
 * @param metadata  free text by key
 */
record SafetensorsHeader(long dataStart, Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    static final int LENGTH_BYTES = Long.BYTES;

    static SafetensorsHeader read(FileChannel channel, Path file, int maxHeaderBytes) throws IOException {
        ForeignFormat.refuse(channel, file);
        long fileBytes = channel.size();
        long headerBytes = headerBytes(channel, file, fileBytes, maxHeaderBytes);
        var text = bytes(channel, file, LENGTH_BYTES, (int) headerBytes).array();
        requireUtf8(text, file);
        requireBrace((char) text[0], file);
        var json = HeaderJson.parse(text, file);
        var tensors = inFileOrder(json.tensors());
        requireContiguous(tensors, fileBytes - LENGTH_BYTES - headerBytes, file);
        return new SafetensorsHeader(LENGTH_BYTES + headerBytes, tensors, json.metadata());
    }

    private static long headerBytes(FileChannel channel, Path file, long fileBytes, int maxHeaderBytes)
            throws IOException {
        if (fileBytes < LENGTH_BYTES) {
            throw new SafetensorsException(Reason.TOO_SHORT, file,
                    fileBytes + " bytes are too few for safetensors, which begin with a length of 8 bytes");
        }
        long headerBytes = bytes(channel, file, 0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (headerBytes < 0 || headerBytes > maxHeaderBytes) {
            throw new SafetensorsException(Reason.HEADER_TOO_LARGE, file, "a header of "
                    + Long.toUnsignedString(headerBytes) + " bytes exceeds " + maxHeaderBytes
                    + "; is this safetensors?");
        }
        if (headerBytes == 0) {
            throw new SafetensorsException(Reason.HEADER_TOO_SMALL, file,
                    "a header of 0 bytes cannot hold a JSON object");
        }
        if (headerBytes > fileBytes - LENGTH_BYTES) {
            throw new SafetensorsException(Reason.HEADER_PAST_END, file, "the header should end at byte "
                    + (LENGTH_BYTES + headerBytes) + ", but the file ends at " + fileBytes
                    + "; is the download complete?");
        }
        return headerBytes;
    }

    private static ByteBuffer bytes(FileChannel channel, Path file, long position, int count) throws IOException {
        var buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new SafetensorsException(Reason.TRUNCATED, file, "the file became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private static void requireUtf8(byte[] text, Path file) throws IOException {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        var bytes = ByteBuffer.wrap(text);
        // Checked by pieces: a header may take 100 MB, and its characters twice that.
        var characters = CharBuffer.allocate(1 << 12);
        try {
            for (var result = decoder.decode(bytes, characters, true); !result.isUnderflow();
                    result = decoder.decode(bytes, characters.clear(), true)) {
                if (result.isError()) {
                    result.throwException();
                }
            }
        } catch (CharacterCodingException e) {
            throw new SafetensorsException(Reason.HEADER_NOT_UTF8, file,
                    "the header is not UTF-8 at its byte " + bytes.position());
        }
    }

    private static void requireBrace(char first, Path file) throws SafetensorsException {
        if (Character.isWhitespace(first)) {
            throw new SafetensorsException(Reason.HEADER_WHITE_SPACE, file,
                    "the header begins with white space, which may only follow its object");
        }
        if (first != '{') {
            throw new SafetensorsException(Reason.HEADER_NOT_OBJECT, file, "the header must begin with {");
        }
    }

    private static Map<String, TensorInfo> inFileOrder(Map<String, TensorInfo> entries) {
        var sorted = new LinkedHashMap<String, TensorInfo>();
        entries.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end)))
                .forEachOrdered(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }

    private static void requireContiguous(Map<String, TensorInfo> tensors, long dataBytes, Path file)
            throws SafetensorsException {
        long reached = 0;
        for (var entry : tensors.entrySet()) {
            long begin = entry.getValue().begin();
            if (begin != reached) {
                throw new SafetensorsException(begin < reached ? Reason.OVERLAP : Reason.HOLE, file,
                        "tensor " + HeaderJson.quoted(entry.getKey()) + " begins at " + begin
                                + ", but the one before it ends at " + reached);
            }
            reached = entry.getValue().end();
        }
        if (reached > dataBytes) {
            throw new SafetensorsException(Reason.TRUNCATED, file, "the tensors take " + reached
                    + " bytes, but only " + dataBytes + " follow the header; is the download complete?");
        }
        if (reached < dataBytes) {
            throw new SafetensorsException(Reason.TRAILING_BYTES, file,
                    "the tensors take " + reached + " bytes, but " + dataBytes + " follow the header");
        }
    }
}
