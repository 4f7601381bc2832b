package org.xlstm4j.cli;

import java.io.IOException;
import org.xlstm4j.checkpoint.Checkpoint;
import picocli.CommandLine.Option;

/** The option of commands that a student learns in from its teacher: whether it may be another's. */
final class TeacherOptions {
    @Option(names = "--any-teacher", description = "Let the teacher be another than the student was converted from.")
    private boolean anyTeacher;

    boolean anyTeacher() {
        return anyTeacher;
    }

    /** Refuses another teacher than the student's own, as far as that is known. */
    void require(Checkpoint teacher, Checkpoint student) throws IOException {
        var own = student.teacher();
        if (!anyTeacher && own.isPresent() && !own.get().equals(teacher.fingerprint())) {
            throw new IOException(student.folder() + " was made from another teacher (" + own.get() + ") than "
                    + teacher.folder() + " (" + teacher.fingerprint() + "): take that one, or allow any teacher");
        }
    }
}
