package org.xlstm4j.distill.evaluate;

/** A part of the items of each task, told by the parity of an item's index within its task. */
public enum Split {
    /** Items 0, 2, 4, …: those that coefficients may be tuned on. */
    TUNING,
    /** Items 1, 3, 5, …: those that results are reported on. */
    HELD_OUT,
    /** Every item. */
    ALL;

    /** Whether the item of this index within its task belongs to the part. */
    public boolean contains(int index) {
        return switch (this) {
            case TUNING -> index % 2 == 0;
            case HELD_OUT -> index % 2 == 1;
            case ALL -> true;
        };
    }
}
