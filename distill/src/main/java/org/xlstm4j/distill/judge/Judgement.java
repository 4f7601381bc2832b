package org.xlstm4j.distill.judge;

import java.util.List;

/**
 * Students against their teacher.
 *
 * @param teacher  the name of the teacher
 * @param options  how they were judged
 * @param students in the order given
 * @param front    which of them is best at which tolerance
 * @param notes    what a reader should know of how the figures came about
 */
public record Judgement(String teacher, JudgeOptions options, List<StudentJudgement> students, CurveFront front,
                        List<String> notes) {

    public Judgement {
        students = List.copyOf(students);
        notes = List.copyOf(notes);
    }
}
