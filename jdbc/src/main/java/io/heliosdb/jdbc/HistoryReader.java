package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.time.Instant;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * Reads about a database's history on a connection of its own, so that nobody who asks
 * has to wait for a statement or a checkpoint. Safe for use by many threads.
 */
final class HistoryReader implements AutoCloseable {

	private static final String STATUS = "SELECT state, oldest_scn, oldest_at, newest_scn, newest_at, captured_scn, "
			+ "bytes, captures, versions, capture_nanos, failures, last_failure, gap_scn, gap_at, gap_reason, page_size "
			+ "FROM heliosdb_history";

	private final NativeConnection connection;

	private boolean closed;

	HistoryReader(NativeConnection connection) {
		this.connection = connection;
	}

	/**
	 * What is known about the history now.
	 * @return the status, {@code null} when this has been closed
	 */
	synchronized HistoryStatus status() {
		if (this.closed) {
			return null;
		}
		try {
			return status(NativeSql.rows(this.connection, STATUS).get(0));
		}
		catch (NativeException ex) {
			return new HistoryStatus(true, 0, null, 0, null, 0, 0, 0, 0, 0, 0, ex.getMessage(), 0, null, null, 0);
		}
	}

	private static HistoryStatus status(Object[] row) {
		return new HistoryStatus(!"on".equals(row[0]), number(row[1]), time(row[2]), number(row[3]), time(row[4]),
				number(row[5]), number(row[6]), number(row[7]), number(row[8]), number(row[9]), number(row[10]),
				(String) row[11], number(row[12]), time(row[13]), (String) row[14], (int) number(row[15]));
	}

	private static long number(Object value) {
		return (value != null) ? (Long) value : 0;
	}

	private static Instant time(Object value) {
		return (value != null) ? Instant.parse((String) value) : null;
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return its SCN
	 * @throws SQLException if it does not exist
	 */
	synchronized long find(NamedPoint point) throws SQLException {
		try {
			return (Long) NativeSql
				.rows(this.connection, "SELECT heliosdb_point_at(?, ?)", point.engineKind(), point.value())
				.get(0)[0];
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.connection.close();
	}

}
