package org.xlstm4j.distill.targets;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A store's bytes. A file begins with {@value #MAGIC}, the length of the header, the header as JSON, and the CRC-32C of
 * all that; then come the blocks and the index. Numbers are little-endian.
 *
 * @param path    for messages
 * @param channel open for as long as this is used
 */
record StoreFile(Path path, FileChannel channel) {
    private static final String MAGIC = "XLSTM4JT";
    private static final int JSON_START = MAGIC.length() + Integer.BYTES;
    private static final int MAX_JSON_BYTES = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A header, and where what follows it begins. */
    record Head(StoreHeader header, long end) {
    }

    static byte[] head(StoreHeader header) throws IOException {
        var json = JSON.writeValueAsBytes(header);
        var bytes = Block.littleEndian(new byte[JSON_START + json.length + Integer.BYTES])
                .put(MAGIC.getBytes(StandardCharsets.US_ASCII)).putInt(json.length).put(json);
        return bytes.putInt(Block.crc(bytes.array(), bytes.position())).array();
    }

    long size() throws IOException {
        return channel.size();
    }

    /** {@code length} bytes from {@code position} on. */
    ByteBuffer read(long position, int length) throws IOException {
        return read(position, length, 0);
    }

    /** The same, in an array that is {@code slack} bytes longer. */
    private ByteBuffer read(long position, int length, int slack) throws IOException {
        var buffer = ByteBuffer.wrap(new byte[length + slack], 0, length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException(path + ": the file ends at byte " + channel.size());
            }
        }
        return buffer.flip();
    }

    /**
     * Writes at the channel's place, the file's end, all or nothing.
     *
     * @param what it is, for the message
     * @throws TargetStoreException if the disk does not take it
     */
    void append(byte[] bytes, String what) throws IOException {
        long end = channel.isOpen() ? channel.position() : 0;
        try {
            for (var buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining(); ) {
                channel.write(buffer);
            }
        } catch (IOException failure) {
            try {
                // Lest what is appended next comes behind a part of this.
                channel.truncate(end);
            } catch (IOException broken) {
                failure.addSuppressed(broken);
            }
            throw new TargetStoreException(path, what + " could not be written (" + failure.getMessage()
                    + "); capturing again goes on from there, once the disk has room", failure);
        }
    }

    /**
     * Reads the header.
     *
     * @throws TargetStoreException if this is no store, one of another version, or its header is damaged
     */
    Head readHead() throws IOException {
        if (size() < JSON_START + Integer.BYTES) {
            throw new TargetStoreException(path, "is too short for a target store");
        }
        var start = read(0, JSON_START);
        if (!new String(start.array(), 0, MAGIC.length(), StandardCharsets.US_ASCII).equals(MAGIC)) {
            throw new TargetStoreException(path, "is not a target store: write one with capture, unless its first bytes"
                    + " are damaged");
        }
        int length = start.getInt(MAGIC.length());
        if (length < 2 || length > MAX_JSON_BYTES || JSON_START + length + Integer.BYTES > size()) {
            throw new TargetStoreException(path, "has a header of " + length + " bytes: the header is damaged, or the"
                    + " file cut short");
        }
        var bytes = read(0, JSON_START + length + Integer.BYTES);
        if (bytes.getInt(JSON_START + length) != Block.crc(bytes.array(), JSON_START + length)) {
            throw new TargetStoreException(path, "its header is damaged: copy the file or capture again");
        }
        try {
            var json = new String(bytes.array(), JSON_START, length, StandardCharsets.UTF_8);
            return new Head(JSON.readValue(json, StoreHeader.class), bytes.limit());
        } catch (JacksonException broken) {
            var cause = broken.getCause() != null ? broken.getCause().getMessage() : broken.getOriginalMessage();
            throw new TargetStoreException(path, "has a header that cannot be read: " + cause);
        }
    }

    /** The block of {@code row} at {@code position}, if it lies there whole; none is longer than {@code longest}. */
    Optional<Block> findBlock(int row, long position, long longest) throws IOException {
        var found = findHead(row, position, longest);
        return found.isPresent() ? block(row, position, found.get().length()) : Optional.empty();
    }

    /** The same from its first bytes alone, without its content: what it has may be damaged. */
    Optional<Block> findHead(int row, long position, long longest) throws IOException {
        long left = size() - position;
        if (left < Block.FRAME_BYTES) {
            return Optional.empty();
        }
        var head = read(position, Block.HEAD_BYTES).array();
        long length = Block.length(head);
        var block = Block.unchecked(head);
        boolean possible = length >= Block.FRAME_BYTES && length <= Math.min(left, longest) && block.row() == row;
        return possible ? Optional.of(block) : Optional.empty();
    }

    /** The block of {@code row} in the {@code length} bytes from {@code position} on, if they are that. */
    Optional<Block> block(int row, long position, int length) throws IOException {
        // A reader of bits looks a word at a time, beyond the end.
        return Block.parse(read(position, length, BitReader.SLACK).array(), length, row);
    }
}
