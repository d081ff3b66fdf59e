package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Inserts and updates, each committed before the next begins.
 */
public class WriteBenchmark {

	/** Rows of a batch, which is also a transaction. */
	static final int BATCH = 1_000;

	/** Plain JDBC, one transaction a batch. */
	@Benchmark
	public int batch(Database database, Prepared prepared) throws SQLException {
		int count = Item.insertBatch(prepared.insert, database.lastId.getAndAdd(BATCH), BATCH);
		prepared.connection.commit();
		return count;
	}

	/** What a repository's {@code save} does outside a transaction. */
	@Benchmark
	public int insert(Database database) {
		Item item = Item.of(database.lastId.incrementAndGet());
		return database.template.update(Item.INSERT, item.id(), item.name(), item.amount(), item.category());
	}

	/** One column of one row by its key. */
	@Benchmark
	public int update(Database database, Keys keys) {
		return update(database, keys.next(), keys.calls());
	}

	static int update(Database database, long id, long calls) {
		return database.template.update(Item.UPDATE, calls % 4001 * 0.25, id);
	}

	/** The insert that is prepared once. */
	@State(Scope.Thread)
	public static class Prepared {

		private Connection connection;

		private PreparedStatement insert;

		@Setup
		public void open(Database database) throws SQLException {
			this.connection = database.connect();
			this.connection.setAutoCommit(false);
			this.insert = this.connection.prepareStatement(Item.INSERT);
		}

		@TearDown
		public void close() throws SQLException {
			this.insert.close();
			this.connection.close();
		}

	}

}
