package io.heliosdb.jdbc;

import java.time.Instant;

/**
 * What a row was from one commit on. A deletion is a version of its own, with the values
 * that the row had last.
 *
 * @param <T> what a row is read as
 * @param row the values
 * @param operation how this version came to be, {@code null} if it is older than the
 * points that were looked at
 * @param startScn the commit that made it, {@code null} if it is older than the points
 * that were looked at
 * @param startTime when that was, {@code null} with {@code startScn}
 * @param endScn the commit that ended it, {@code null} if it still held at the last point
 * that was looked at, and for a deletion
 * @param endTime when that was, {@code null} with {@code endScn}
 */
public record RowVersion<T>(T row, RowOperation operation, Long startScn, Instant startTime, Long endScn,
		Instant endTime) {
}
