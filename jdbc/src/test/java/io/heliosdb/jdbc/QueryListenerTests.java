package io.heliosdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link QueryListener}. */
class QueryListenerTests {

	private final Recorder recorder = new Recorder();

	private HeliosDataSource dataSource;

	private Connection connection;

	@BeforeEach
	void open() throws SQLException {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:mem:listened", new Properties(), this.recorder);
		this.connection = this.dataSource.getConnection();
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)");
		}
		this.recorder.events.clear();
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
		this.dataSource.close();
	}

	@Test
	void hearsOfEachExecution() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.executeUpdate("INSERT INTO item VALUES (1)");
			statement.executeQuery("WITH one AS (SELECT 1) SELECT * FROM one").close();
		}
		assertThat(this.recorder.events).containsExactly("started INSERT listened", "finished INSERT null",
				"started SELECT listened", "finished SELECT null");
	}

	@Test
	void hearsOfAFailure() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.executeUpdate("INSERT INTO item VALUES (1)");
			this.recorder.events.clear();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.executeUpdate("INSERT INTO item VALUES (1)"));
		}
		assertThat(this.recorder.events).containsExactly("started INSERT listened", "finished INSERT 23505");
	}

	@Test
	void aBatchIsOneExecution() throws SQLException {
		try (PreparedStatement statement = batch(1, 2, 3)) {
			statement.executeBatch();
		}
		assertThat(this.recorder.events).containsExactly("started INSERT listened", "finished INSERT null");
	}

	@Test
	void hearsOfABatchThatFails() throws SQLException {
		try (PreparedStatement statement = batch(1, 2, 2)) {
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).containsExactly(1, 1));
		}
		assertThat(this.recorder.events).containsExactly("started INSERT listened", "finished INSERT 23505");
	}

	@Test
	void isLeftAloneWhileItDoesNotListen() throws SQLException {
		this.recorder.listening = false;
		try (Statement statement = this.connection.createStatement()) {
			statement.executeUpdate("INSERT INTO item VALUES (1)");
		}
		assertThat(this.recorder.events).isEmpty();
	}

	private PreparedStatement batch(int... ids) throws SQLException {
		PreparedStatement statement = this.connection.prepareStatement("INSERT INTO item VALUES (?)");
		for (int id : ids) {
			statement.setInt(1, id);
			statement.addBatch();
		}
		return statement;
	}

	private static final class Recorder implements QueryListener {

		private final List<String> events = new ArrayList<>();

		private boolean listening = true;

		@Override
		public boolean isListening() {
			return this.listening;
		}

		@Override
		public Object queryStarted(Query query) {
			this.events.add("started " + query.operation() + " " + query.database());
			return query;
		}

		@Override
		public void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
			assertThat(context).isSameAs(query);
			assertThat(durationNanos).isNotNegative();
			this.events
				.add("finished " + query.operation() + " " + ((failure != null) ? failure.getSQLState() : "null"));
		}

	}

}
