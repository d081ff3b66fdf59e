package io.heliosdb.jdbc;

/**
 * What a restore did. It is a commit like any other: restoring the same to
 * {@code PointInTime.scn(previousScn())} undoes it.
 *
 * @param previousScn the newest commit before it
 * @param scn the commit that it made, or {@code previousScn} if nothing differed
 * @param rows number of rows that differed and are now as they were; -1 for a whole
 * database, whose rows are not counted
 */
public record Restoration(long previousScn, long scn, long rows) {
}
