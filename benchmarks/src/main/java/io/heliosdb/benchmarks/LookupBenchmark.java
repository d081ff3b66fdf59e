package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One row by its key, all four columns read.
 */
public class LookupBenchmark {

	/** Plain JDBC: prepared once, executed again and again. */
	@Benchmark
	public Item jdbc(Prepared prepared, Keys keys) throws SQLException {
		return lookup(prepared.statement, keys.next());
	}

	/** As {@link #jdbc}, with a page cache for a tenth of the database. */
	@Benchmark
	public Item smallCache(SmallCache prepared, Keys keys) throws SQLException {
		return lookup(prepared.statement, keys.next());
	}

	/** What a Spring application does: connection from the pool, prepared each time. */
	@Benchmark
	public Item template(Database database, Keys keys) {
		return database.template.queryForObject(Item.LOOKUP, (row, number) -> Item.read(row), keys.next());
	}

	static Item lookup(PreparedStatement statement, long id) throws SQLException {
		statement.setLong(1, id);
		try (ResultSet rows = statement.executeQuery()) {
			rows.next();
			return Item.read(rows);
		}
	}

	/** The statement that is prepared once. */
	@State(Scope.Thread)
	public static class Prepared {

		PreparedStatement statement;

		private Connection connection;

		@Setup
		public void open(Database database) throws SQLException {
			open(database.connect());
		}

		void open(Connection opened) throws SQLException {
			this.connection = opened;
			this.statement = this.connection.prepareStatement(Item.LOOKUP);
		}

		@TearDown
		public void close() throws SQLException {
			this.statement.close();
			this.connection.close();
		}

	}

	/** The statement on a connection whose page cache holds a tenth of the database. */
	@State(Scope.Thread)
	public static class SmallCache extends Prepared {

		@Override
		@Setup
		public void open(Database database) throws SQLException {
			Connection connection = database.connect();
			try (Statement statement = connection.createStatement()) {
				ResultSet pages = statement.executeQuery("PRAGMA page_count");
				pages.next();
				int tenth = pages.getInt(1) / 10;
				statement.execute("PRAGMA cache_size=" + tenth);
			}
			open(connection);
		}

	}

}
