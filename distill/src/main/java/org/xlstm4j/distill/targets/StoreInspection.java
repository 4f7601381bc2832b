package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A look at a target store as it lies on the disk: whole, damaged, or what a capture has written so far. Opening it
 * reads its header and its index or, where that is not there, where its rows begin; {@link #verify} reads every byte.
 */
public final class StoreInspection implements AutoCloseable {
    /** What became of a store. */
    public enum State {
        /** All of it is there, as far as its header and its index say. */
        COMPLETE,
        /** Its capture is under way, or was ended; capturing again under its name goes on with it. */
        UNFINISHED,
        /** It has the name of a whole one, and no index that can be read. */
        DAMAGED
    }

    private final Path path;
    private final TargetStore store;
    private final State state;
    private final List<String> problems;

    private StoreInspection(Path path, StoreFile file) throws IOException {
        this.path = path;
        var head = file.readHead();
        this.problems = new ArrayList<>();
        StoreIndex found;
        boolean indexed = true;
        try {
            found = StoreIndex.read(file, head.end());
        } catch (TargetStoreException missing) {
            found = rows(file, head);
            indexed = false;
            if (!isPart(path)) {
                problems.add(missing.getMessage());
            }
        }
        this.store = new TargetStore(file, head.header(), found);
        this.state = isPart(path) ? State.UNFINISHED : indexed ? State.COMPLETE : State.DAMAGED;
        if (!indexed && file.size() - found.end() >= head.header().longestBlock()) {
            problems.add(path + ": row " + found.rows() + ", from byte " + found.end() + " on, is damaged, and where"
                    + " the rows behind it begin is lost: capture them again, or copy the file anew");
        }
    }

    /**
     * Opens a store, or, where it is not there, what an unfinished capture of that name has left.
     *
     * @throws TargetStoreException if this is no store, one of another version, or its header is damaged
     */
    public static StoreInspection open(Path store) throws IOException {
        var part = TargetStoreWriter.part(store);
        var path = Files.notExists(store) && Files.exists(part) ? part : store;
        var channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new StoreInspection(path, new StoreFile(path, channel));
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static boolean isPart(Path path) {
        return path.getFileName().toString().endsWith(TargetStoreWriter.PART);
    }

    /** Where rows lie that follow one another, as their first bytes say. */
    private static StoreIndex rows(StoreFile file, StoreFile.Head head) throws IOException {
        var index = new StoreIndex(head.end());
        int longest = head.header().longestBlock();
        for (var block = file.findHead(0, index.end(), longest); block.isPresent();
                block = file.findHead(index.rows(), index.end(), longest)) {
            index.add(block.get());
        }
        return index;
    }

    /** The file that was opened. */
    public Path path() {
        return path;
    }

    /** What the store says of itself. */
    public StoreHeader header() {
        return store.header();
    }

    /** What became of it. */
    public State state() {
        return state;
    }

    /** The number of rows that are there. */
    public int rows() {
        return store.rows();
    }

    /** The number of tokens in them that are not padding. */
    public long tokens() {
        return store.tokens();
    }

    /** The size of the file. */
    public long bytes() throws IOException {
        return store.bytes();
    }

    /** What was found broken without reading the rows, each with what to do; empty if nothing was. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /**
     * Reads every row and checks it against its CRC and its layout.
     *
     * @param rowsChecked told how many rows are done
     * @return all that is broken, in the order of the file, with what to do; empty if nothing is
     */
    public List<String> verify(IntConsumer rowsChecked) throws IOException {
        var broken = new ArrayList<String>();
        for (int row = 0; row < rows(); row++) {
            try {
                store.read(List.of(row));
            } catch (TargetStoreException damaged) {
                broken.add(damaged.getMessage());
            }
            rowsChecked.accept(row + 1);
        }
        broken.addAll(problems);
        return broken;
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
