package org.xlstm4j.distill.resume;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.xlstm4j.distill.resume.ResumeException.Reason;

/** Keeps a second training out of a folder; the system lets go of it when the process ends, however that is. */
final class FolderLock implements AutoCloseable {
    private static final String FILE = "lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    static FolderLock of(Path folder) throws IOException {
        var channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new FolderLock(channel);
            }
        } catch (OverlappingFileLockException heldHere) {
            channel.close();
            throw inUse(folder, heldHere);
        } catch (IOException failure) {
            channel.close();
            throw failure;
        }
        channel.close();
        throw inUse(folder, null);
    }

    private static ResumeException inUse(Path folder, Exception cause) {
        return new ResumeException(Reason.IN_USE, folder,
                "another training saves its checkpoints here: end it, or choose another folder", cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
