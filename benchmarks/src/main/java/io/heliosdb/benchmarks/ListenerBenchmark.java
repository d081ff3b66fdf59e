package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;

import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the hook for metrics costs when nobody measures: HeliosDB alone, plain JDBC.
 */
public class ListenerBenchmark {

	/** No listener at all. */
	@Benchmark
	public Item absent(Unobserved prepared, Keys keys) throws SQLException {
		return LookupBenchmark.lookup(prepared.statement, keys.next());
	}

	/** A listener that does not listen now. */
	@Benchmark
	public Item idle(Observed prepared, Keys keys) throws SQLException {
		return LookupBenchmark.lookup(prepared.statement, keys.next());
	}

	/** A lookup that is prepared once. */
	@State(Scope.Thread)
	public static class Unobserved {

		PreparedStatement statement;

		private HeliosDataSource source;

		private Connection connection;

		@Setup
		public void open(Database database) throws SQLException {
			open(database, null);
		}

		void open(Database database, QueryListener listener) throws SQLException {
			this.source = new HeliosDataSource(database.url(), new Properties(), listener);
			this.connection = this.source.getConnection();
			this.statement = this.connection.prepareStatement(Item.LOOKUP);
		}

		@TearDown
		public void close() throws SQLException {
			this.statement.close();
			this.connection.close();
			this.source.close();
		}

	}

	/** The same with a listener. */
	@State(Scope.Thread)
	public static class Observed extends Unobserved {

		@Override
		@Setup
		public void open(Database database) throws SQLException {
			open(database, new IdleListener());
		}

	}

	/** Asks a field, as a listener with a switch does. */
	private static final class IdleListener implements QueryListener {

		private volatile boolean listening;

		@Override
		public boolean isListening() {
			return this.listening;
		}

		@Override
		public Object queryStarted(Query query) {
			throw new AssertionError("Not listening");
		}

		@Override
		public void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
			throw new AssertionError("Not listening");
		}

	}

}
