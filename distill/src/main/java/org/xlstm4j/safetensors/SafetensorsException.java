package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.file.Path;

/** A file breaks a rule of the safetensors format; {@link #reason()} says which. */
public final class SafetensorsException extends IOException {

    /** The rules, one each. */
    public enum Reason {
        /** The file is a git-LFS pointer instead of the weights. */
        LFS_POINTER,
        /** The file is a zip archive, as PyTorch saves {@code .bin} and {@code .pt}: pickled, and never read. */
        ZIP,
        /** The file is a pickle, as old PyTorch saves {@code .bin} and {@code .pt}: never read. */
        PICKLE,
        /** Fewer than the 8 bytes of the header's length. */
        TOO_SHORT,
        /** The header is empty. */
        HEADER_TOO_SMALL,
        /** The header is longer than allowed: 100,000,000 bytes, if no other limit was given. */
        HEADER_TOO_LARGE,
        /** The header is said to reach past the end of the file. */
        HEADER_PAST_END,
        /** The header is not UTF-8. */
        HEADER_NOT_UTF8,
        /** The header begins with white space. */
        HEADER_WHITE_SPACE,
        /** The header is no JSON object: it does not begin with an opening brace. */
        HEADER_NOT_OBJECT,
        /** The header is not JSON, or goes on after its object. */
        HEADER_NOT_JSON,
        /** {@code __metadata__} is not a map of strings. */
        METADATA,
        /** A tensor's entry lacks a field, or a field has the wrong type. */
        ENTRY,
        /** A name occurs twice. */
        DUPLICATE_NAME,
        /** The element type is not one of {@link DType}. */
        DTYPE,
        /** A shape has more than 64 dimensions. */
        RANK,
        /** A dimension exceeds 63 bits. */
        DIMENSION_OVERFLOW,
        /** The product of the dimensions, or their bytes, exceed 63 bits. */
        SHAPE_OVERFLOW,
        /** An offset is negative or exceeds 63 bits, or a tensor ends before it begins. */
        OFFSETS,
        /** Shape and element type do not take the bytes between the offsets. */
        SPAN,
        /** Two tensors share bytes. */
        OVERLAP,
        /** Bytes between two tensors, or before the first, belong to none. */
        HOLE,
        /** The last tensor ends after the file does. */
        TRUNCATED,
        /** The file goes on after the last tensor. */
        TRAILING_BYTES,
        /** In writing: a finite value is beyond the range of the type that it is stored as. */
        VALUE_RANGE
    }

    private final Reason reason;

    SafetensorsException(Reason reason, Path file, String message) {
        super(file + ": " + message);
        this.reason = reason;
    }

    /** The rule that was broken. */
    public Reason reason() {
        return reason;
    }
}
