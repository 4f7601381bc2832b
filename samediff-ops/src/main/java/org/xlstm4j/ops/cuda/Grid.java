package org.xlstm4j.ops.cuda;

/**
 * How often a kernel runs: blocks of threads, and the shared memory that a block has beside what its code declares.
 *
 * @param x           blocks along x
 * @param y           blocks along y
 * @param z           blocks along z
 * @param threadsX    threads of a block along x
 * @param threadsY    threads of a block along y
 * @param sharedBytes dynamic shared memory of a block
 */
public record Grid(long x, int y, int z, int threadsX, int threadsY, int sharedBytes) {

    /** A row of blocks, each a row of threads. */
    public static Grid of(long blocks, int threads) {
        return of(blocks, 1, threads);
    }

    /** A plane of blocks, each a row of threads. */
    public static Grid of(long x, int y, int threads) {
        return new Grid(x, y, 1, threads, 1, 0);
    }

    /** As many blocks as it takes for {@code length} threads. */
    public static Grid over(long length, int threads) {
        return of(blocks(length, threads), threads);
    }

    /** How many blocks of a size it takes for a length. */
    public static long blocks(long length, int size) {
        return (length + size - 1) / size;
    }

    /** The same number of blocks, each a plane of threads. */
    public Grid withBlock(int alongX, int alongY) {
        return new Grid(x, y, z, alongX, alongY, sharedBytes);
    }

    /** The same with dynamic shared memory. */
    public Grid withShared(int bytes) {
        return new Grid(x, y, z, threadsX, threadsY, bytes);
    }
}
