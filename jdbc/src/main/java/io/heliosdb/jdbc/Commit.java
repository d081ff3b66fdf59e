package io.heliosdb.jdbc;

import java.time.Instant;

/**
 * A commit in the history of a database.
 *
 * @param scn its number; each commit has the next
 * @param time when it was committed, to the microsecond; later than that of the commit
 * before
 * @param changedPages number of pages of the database that it changed
 * @param tag a tag that it has, {@code null} if it has none
 */
public record Commit(long scn, Instant time, long changedPages, String tag) {
}
