package org.xlstm4j.layers;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.nd4j.shade.jackson.core.JsonGenerator;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.JsonSerializer;
import org.nd4j.shade.jackson.databind.SerializerProvider;
import org.xlstm4j.ops.rope.RopeScaling;

/**
 * RoPE's scaling in a layer's JSON: the name of its record as "type", and the record's components. DL4J's Jackson does
 * not know records.
 */
final class RopeScalingJson {
    private static final String TYPE = "type";

    private RopeScalingJson() {}

    static final class Writer extends JsonSerializer<RopeScaling> {
        @Override
        public void serialize(RopeScaling scaling, JsonGenerator json, SerializerProvider provider)
                throws IOException {
            json.writeStartObject();
            json.writeStringField(TYPE, scaling.getClass().getSimpleName());
            for (var component : scaling.getClass().getRecordComponents()) {
                try {
                    json.writeObjectField(component.getName(), component.getAccessor().invoke(scaling));
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            }
            json.writeEndObject();
        }
    }

    static final class Reader extends JsonDeserializer<RopeScaling> {
        @Override
        public RopeScaling deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode json = parser.readValueAsTree();
            var name = json.path(TYPE).asText();
            var type = Arrays.stream(RopeScaling.class.getPermittedSubclasses())
                    .filter(record -> record.getSimpleName().equals(name)).findFirst()
                    .orElseThrow(() -> new IOException("there is no RoPE scaling of type '" + name + "'"));
            var components = type.getRecordComponents();
            var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            var values = Arrays.stream(components)
                    .map(component -> value(component.getType(), json.path(component.getName()))).toArray();
            try {
                return (RopeScaling) type.getDeclaredConstructor(types).newInstance(values);
            } catch (ReflectiveOperationException e) {
                throw new IOException("cannot read RoPE scaling " + json, e);
            }
        }

        private static Object value(Class<?> type, JsonNode json) {
            if (type == double.class) {
                return json.asDouble();
            }
            return type == int.class ? (Object) json.asInt() : json.asBoolean();
        }
    }
}
