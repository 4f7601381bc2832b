package org.xlstm4j.spark;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import org.nd4j.linalg.schedule.ISchedule;
import org.xlstm4j.distill.train.WarmupConstant;
import org.xlstm4j.distill.train.WarmupCosine;

/** Parts and their results as they travel, as JSON text. */
final class PartJson {
    private static final ObjectMapper JSON = JsonMapper.builder().addModule(new Jdk8Module())
            .addMixIn(ISchedule.class, Schedule.class).build();

    private PartJson() {
    }

    /** The schedules that travel. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "schedule")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = WarmupCosine.class, name = "cosine"),
        @JsonSubTypes.Type(value = WarmupConstant.class, name = "constant")})
    private interface Schedule {
    }

    /** Refuses schedules that do not travel. */
    static void requireTravels(ISchedule schedule) {
        if (!(schedule instanceof WarmupCosine || schedule instanceof WarmupConstant)) {
            throw new IllegalArgumentException(schedule.getClass().getSimpleName()
                    + " cannot be sent to other machines: take a warm-up to a cosine or to a constant");
        }
    }

    static String write(Object value) throws IOException {
        return JSON.writeValueAsString(value);
    }

    static <T> T read(String json, Class<T> type) throws IOException {
        return JSON.readValue(json, type);
    }

    /** What executors run: a part's result. */
    static String run(String part) throws IOException {
        return write(read(part, Part.class).run());
    }
}
