package io.heliosdb.jdbc;

import java.time.Instant;

/**
 * What the history of a database is and how large it is at one moment. Counts are since
 * the database was opened.
 *
 * @param failed whether history cannot be written or read now: commits since the last
 * capture are kept in the write-ahead log, and it is tried again
 * @param oldestScn the oldest point that can be read, 0 if none can be read now
 * @param oldestAt its time, {@code null} if none can be read now
 * @param newestScn the newest point, 0 if none can be read now
 * @param newestAt its time, {@code null} if none can be read now
 * @param capturedScn the newest point that has been moved from the write-ahead log to the
 * history
 * @param bytes size of all files of the history, in bytes
 * @param captures number of captures, each of which moves the commits of a checkpoint
 * @param versions number of page versions that they stored
 * @param captureNanos time that they took, in nanoseconds
 * @param failures number of captures that failed since the last one that worked
 * @param lastFailure why the last one failed, {@code null} if none did
 * @param gapScn the first point behind the newest gap, before which nothing can be read;
 * 0 if there is no gap
 * @param gapAt its time, {@code null} if there is no gap
 * @param gapReason what caused the gap, {@code null} if there is none
 * @param pageSize bytes of a page
 */
public record HistoryStatus(boolean failed, long oldestScn, Instant oldestAt, long newestScn, Instant newestAt,
		long capturedScn, long bytes, long captures, long versions, long captureNanos, long failures,
		String lastFailure, long gapScn, Instant gapAt, String gapReason, int pageSize) {
}
