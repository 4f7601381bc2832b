package org.xlstm4j.distill.evaluate;

import java.util.List;

/** One item of a task; all items of a task are of one kind. */
public sealed interface TaskItem permits ExactMatchItem, ChoiceItem, TextItem, NeedleItem {

    /** The name of the task. */
    String task();

    /** The item's place within the task, from 0, in the order of the files; it stays the same in every selection. */
    int index();

    /** How the item is judged. */
    TaskKind kind();

    /** What is asked and what is right: lists that are equal where the items ask the same. */
    List<Object> asked();
}
