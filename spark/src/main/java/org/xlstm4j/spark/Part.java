package org.xlstm4j.spark;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.IOException;

/** What one machine does by itself: a small record, with paths in place of what is large. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "part")
@JsonSubTypes({
    @JsonSubTypes.Type(value = CapturePart.class, name = "capture"),
    @JsonSubTypes.Type(value = LayersPart.class, name = "layers"),
    @JsonSubTypes.Type(value = ExpertPart.class, name = "expert"),
    @JsonSubTypes.Type(value = ItemsPart.class, name = "items")})
sealed interface Part permits CapturePart, LayersPart, ExpertPart, ItemsPart {

    /** Does it, from the beginning or from where an earlier attempt was ended, and returns a small record. */
    Object run() throws IOException;

    /** What it is, for messages. */
    String name();
}
