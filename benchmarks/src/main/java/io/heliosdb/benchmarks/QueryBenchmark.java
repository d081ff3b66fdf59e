package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Queries over many rows, plain JDBC. Their parameters change from call to call and never
 * change how many rows are read.
 */
public class QueryBenchmark {

	/** Rows that a scan reads of a database of {@link Database#ROWS}. */
	static final int SCANNED = 100_000;

	/** Reads all columns of most rows. */
	@Benchmark
	public Totals scan(Prepared prepared) throws SQLException {
		PreparedStatement statement = prepared.scan;
		long first = 1 + prepared.calls++ % (prepared.rows - prepared.scanned);
		statement.setLong(1, first);
		statement.setLong(2, first + prepared.scanned - 1);
		return total(statement);
	}

	/** Reads all columns of the items that a query finds. */
	static Totals total(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = statement.executeQuery()) {
			long count = 0;
			long letters = 0;
			double sum = 0;
			while (rows.next()) {
				count++;
				letters += rows.getLong(1) + rows.getString(2).length();
				sum += rows.getDouble(3) + rows.getInt(4);
			}
			return new Totals(count, letters, sum);
		}
	}

	/** Groups all rows. */
	@Benchmark
	public Totals aggregate(Prepared prepared) throws SQLException {
		PreparedStatement statement = prepared.aggregate;
		statement.setDouble(1, -1 - prepared.calls++);
		try (ResultSet rows = statement.executeQuery()) {
			long count = 0;
			long categories = 0;
			double sum = 0;
			while (rows.next()) {
				categories += rows.getInt(1);
				count += rows.getLong(2);
				sum += rows.getDouble(3) + rows.getDouble(4);
			}
			return new Totals(count, categories, sum);
		}
	}

	/** What came back, so that it has to be read and can be compared. */
	record Totals(long rows, long integers, double reals) {
	}

	/** Both statements. */
	@State(Scope.Thread)
	public static class Prepared {

		private Connection connection;

		private PreparedStatement scan;

		private PreparedStatement aggregate;

		private int rows;

		private int scanned;

		private long calls;

		@Setup
		public void open(Database database) throws SQLException {
			this.connection = database.connect();
			this.scan = this.connection
				.prepareStatement("SELECT id, name, amount, category FROM item WHERE id BETWEEN ? AND ?");
			this.aggregate = this.connection.prepareStatement("""
					SELECT category, count(*), sum(amount), max(amount) FROM item
					WHERE amount >= ? GROUP BY category""");
			this.rows = database.rows;
			this.scanned = (int) ((long) database.rows * SCANNED / Database.ROWS);
		}

		@TearDown
		public void close() throws SQLException {
			this.scan.close();
			this.aggregate.close();
			this.connection.close();
		}

	}

}
