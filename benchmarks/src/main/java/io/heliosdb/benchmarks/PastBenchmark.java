package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.SplittableRandom;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Reads of the past, plain JDBC, and the same reads of the present.
 */
public class PastBenchmark {

	/** Rows that a range has on average, in a database of {@link Database#ROWS}. */
	static final int RANGE_ROWS = 112;

	private static final double RANGE = 4;

	/** One row by its key. */
	@Benchmark
	public Item lookup(PastDatabase database, Reader reader) throws SQLException {
		int next = reader.bindPoint(reader.lookup);
		reader.lookup.setLong(next, 1 + reader.random.nextInt(database.rows));
		try (ResultSet rows = reader.lookup.executeQuery()) {
			rows.next();
			return Item.read(rows);
		}
	}

	/** A range of an index, and the rows it leads to. */
	@Benchmark
	public QueryBenchmark.Totals range(Reader reader) throws SQLException {
		int next = reader.bindPoint(reader.range);
		double from = reader.random.nextInt((int) (Item.AMOUNTS * Item.AMOUNT_STEP - RANGE));
		reader.range.setDouble(next, from);
		reader.range.setDouble(next + 1, from + RANGE);
		return QueryBenchmark.total(reader.range);
	}

	/** All rows. */
	@Benchmark
	public QueryBenchmark.Totals scan(Reader reader) throws SQLException {
		reader.bindPoint(reader.scan);
		return QueryBenchmark.total(reader.scan);
	}

	/** All rows, on a connection that has read nothing yet. */
	@Benchmark
	public QueryBenchmark.Totals firstScan(Fresh fresh) throws SQLException {
		fresh.reader.bindPoint(fresh.reader.scan);
		return QueryBenchmark.total(fresh.reader.scan);
	}

	/** One row of a point that this connection has not seen yet. */
	@Benchmark
	public Item open(PastDatabase database, Fresh fresh) throws SQLException {
		Reader reader = fresh.reader;
		reader.scn = database.scn - reader.random.nextInt(PastDatabase.SPARE_POINTS);
		return lookup(database, reader);
	}

	/** One row on a new connection to a point. */
	@Benchmark
	public Item openConnection(PastDatabase database, Reader reader) throws SQLException {
		long scn = database.scn - reader.random.nextInt(PastDatabase.SPARE_POINTS);
		try (Connection connection = database.connect(scn);
				PreparedStatement lookup = connection.prepareStatement(Item.LOOKUP)) {
			return LookupBenchmark.lookup(lookup, 1 + reader.random.nextInt(database.rows));
		}
	}

	/** All versions of one row. */
	@Benchmark
	public int versions(PastDatabase database, Reader reader) throws SQLException {
		reader.versions.setLong(1, database.scn);
		reader.versions.setLong(2, database.scn + database.back);
		reader.versions.setLong(3, 1 + reader.random.nextInt(database.rows));
		try (ResultSet rows = reader.versions.executeQuery()) {
			int count = 0;
			while (rows.next()) {
				count++;
			}
			return count;
		}
	}

	/** A connection that reads. */
	@State(Scope.Thread)
	public static class Reader {

		final SplittableRandom random;

		PreparedStatement lookup;

		PreparedStatement range;

		PreparedStatement scan;

		PreparedStatement versions;

		long scn;

		private Connection connection;

		private boolean namesPoint;

		public Reader() {
			this(new SplittableRandom(1));
		}

		Reader(SplittableRandom random) {
			this.random = random;
		}

		@Setup
		public void open(PastDatabase database) throws SQLException {
			boolean past = database.back > 0;
			this.scn = database.scn;
			this.namesPoint = past && database.way == PastDatabase.Way.SQL;
			this.connection = (past && !this.namesPoint) ? database.connect(this.scn) : database.connect();
			String select = "SELECT id, name, amount, category FROM item" + (this.namesPoint ? " AS OF SCN ?" : "");
			this.lookup = this.connection.prepareStatement(select + " WHERE id = ?");
			this.range = this.connection.prepareStatement(select + " WHERE amount >= ? AND amount < ?");
			this.scan = this.connection.prepareStatement(select);
			if (this.namesPoint) {
				this.versions = this.connection.prepareStatement("""
						SELECT id, name, amount, category, versions_start_scn, versions_end_scn, versions_operation
						FROM item VERSIONS BETWEEN SCN ? AND SCN ? WHERE id = ?""");
			}
		}

		/** Gives a statement its point. Returns the number of the parameter behind. */
		int bindPoint(PreparedStatement statement) throws SQLException {
			if (this.namesPoint) {
				statement.setLong(1, this.scn);
				return 2;
			}
			return 1;
		}

		@TearDown
		public void close() throws SQLException {
			this.connection.close();
		}

	}

	/** A new connection for each call; opening it is not measured. */
	@State(Scope.Thread)
	public static class Fresh {

		private final SplittableRandom random = new SplittableRandom(1);

		Reader reader;

		@Setup(Level.Invocation)
		public void open(PastDatabase database) throws SQLException {
			this.reader = new Reader(this.random);
			this.reader.open(database);
		}

		@TearDown(Level.Invocation)
		public void close() throws SQLException {
			this.reader.close();
		}

	}

}
