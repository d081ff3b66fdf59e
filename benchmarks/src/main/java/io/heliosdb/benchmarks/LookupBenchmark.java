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
 * One row by its key, all four columns read.
 */
public class LookupBenchmark {

	/** Plain JDBC: prepared once, executed again and again. */
	@Benchmark
	public Item jdbc(Prepared prepared, Keys keys) throws SQLException {
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
			this.connection = database.connect();
			this.statement = this.connection.prepareStatement(Item.LOOKUP);
		}

		@TearDown
		public void close() throws SQLException {
			this.statement.close();
			this.connection.close();
		}

	}

}
