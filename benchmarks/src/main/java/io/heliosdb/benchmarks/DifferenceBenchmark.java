package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What changed in a table of a million rows between two points.
 */
public class DifferenceBenchmark {

	/** Rows updated between the points, each by a commit of its own. */
	static final int CHANGED = 1_000;

	/** Commits behind the second point, so that the history holds both. */
	static final int COMMITS_SINCE = 20_000;

	/** All rows that differ, with old and new values. */
	@Benchmark
	public int difference(Compared compared) throws SQLException {
		try (ResultSet rows = compared.statement.executeQuery()) {
			int count = 0;
			while (rows.next()) {
				count++;
			}
			return count;
		}
	}

	/** Two points of a database. */
	@State(Scope.Benchmark)
	public static class Compared {

		PreparedStatement statement;

		private Path folder;

		private Connection connection;

		@Setup
		public void open() throws IOException, SQLException {
			open(Path.of(System.getProperty(Database.DATA)), COMMITS_SINCE);
		}

		void open(Path data, int commitsSince) throws IOException, SQLException {
			this.folder = MillionRows.copy(data);
			this.connection = DriverManager.getConnection(Peer.HELIOSDB.url(this.folder));
			long from = PastDatabase.newestPoint(this.connection);
			update(CHANGED);
			long to = PastDatabase.newestPoint(this.connection);
			update(commitsSince);
			try (Statement create = this.connection.createStatement()) {
				create.execute("CREATE VIRTUAL TABLE temp.item_changes USING heliosdb_changes(item, " + to + ")");
			}
			this.statement = this.connection
				.prepareStatement("SELECT * FROM temp.item_changes(" + from + ", " + to + ")");
		}

		/** Updates different rows, each in a commit of its own. */
		private void update(int commits) throws SQLException {
			SplittableRandom random = new SplittableRandom(commits);
			try (Statement count = this.connection.createStatement();
					ResultSet rows = count.executeQuery("SELECT count(*) FROM item");
					PreparedStatement update = this.connection
						.prepareStatement("UPDATE item SET amount = -amount - 1 WHERE id = ?")) {
				rows.next();
				int step = rows.getInt(1) / commits;
				for (int i = 0; i < commits; i++) {
					update.setLong(1, 1 + (long) i * step + random.nextInt(step));
					update.executeUpdate();
				}
			}
		}

		@TearDown
		public void close() throws IOException, SQLException {
			this.connection.close();
			Database.delete(this.folder);
		}

	}

}
