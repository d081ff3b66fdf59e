package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;

/**
 * How large the history of single-row updates is, beside what the same commits wrote to
 * the write-ahead log. Nothing to do with time: no JMH.
 */
final class HistoryShare {

	/**
	 * So many that the pages have been stored as a whole, too, as they are now and then.
	 */
	static final int COMMITS = 500_000;

	/** Frame header of the write-ahead log, in bytes. */
	private static final int FRAME_HEAD = 24;

	private HistoryShare() {
	}

	/** What is updated. */
	enum Column {

		/** The column of both indexes. */
		AMOUNT("UPDATE item SET amount = ? WHERE id = ?"),

		/** A column without an index. */
		NAME("UPDATE item SET name = 'another number ' || ? WHERE id = ?");

		private final String sql;

		Column(String sql) {
			this.sql = sql;
		}

	}

	/**
	 * Updates random rows, each in a commit of its own.
	 * @param data where {@link MillionRows} is
	 * @param column what is updated
	 * @param commits how many
	 * @return bytes that the history file grew by, in percent of those written to the log
	 */
	static double measure(Path data, Column column, int commits) throws IOException, SQLException {
		Path folder = MillionRows.copy(data);
		try {
			String url = Peer.HELIOSDB.url(folder);
			try (Connection connection = DriverManager.getConnection(url)) {
				PastDatabase.newestPoint(connection);
			}
			// With the last connection the log of the history ends too.
			Path history = folder.resolve("bench.db-history");
			long before = Files.size(history);
			double logged = update(url, column.sql, commits);
			return (Files.size(history) - before) * 100 / logged;
		}
		finally {
			Database.delete(folder);
		}
	}

	/** Returns the bytes that were written to the log. */
	private static long update(String url, String sql, int commits) throws SQLException {
		SplittableRandom random = new SplittableRandom(1);
		try (Connection connection = DriverManager.getConnection(url);
				Statement statement = connection.createStatement();
				PreparedStatement update = connection.prepareStatement(sql)) {
			int rows = number(statement, "SELECT max(id) FROM item").intValue();
			long first = PastDatabase.newestPoint(connection);
			for (int i = 0; i < commits; i++) {
				update.setInt(1, random.nextInt(Item.AMOUNTS));
				update.setLong(2, 1 + random.nextInt(rows));
				update.executeUpdate();
			}
			return number(statement, "SELECT sum(changed_pages) FROM heliosdb_commits WHERE scn > " + first)
					* (number(statement, "PRAGMA page_size") + FRAME_HEAD);
		}
	}

	private static Long number(Statement statement, String query) throws SQLException {
		try (ResultSet row = statement.executeQuery(query)) {
			row.next();
			return row.getLong(1);
		}
	}

}
