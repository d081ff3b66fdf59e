package io.heliosdb.jdbc;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code kill -9} during writes: what was acknowledged is there afterwards, a transaction
 * as a whole or not at all. The build does ten rounds; more are had by
 * {@code mvn verify -pl engine-native,jdbc -Dheliosdb.kill-rounds=200}.
 */
class KillTests {

	private static final int ROUNDS = Integer.getInteger("heliosdb.kill-rounds", 10);

	private static final int TRANSACTION_ROWS = 7;

	/**
	 * A writer whose turn is late on a busy machine goes on waiting: nothing here is
	 * about that.
	 */
	private static final String UNHURRIED = "?busy_timeout=1d";

	@TempDir
	private Path directory;

	@Test
	void everyAcknowledgedRowSurvivesAKill() throws Exception {
		SplittableRandom random = new SplittableRandom(42);
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE written (id INTEGER PRIMARY KEY, round INTEGER NOT NULL, "
					+ "writer INTEGER NOT NULL, number INTEGER NOT NULL, filling BLOB, UNIQUE (round, writer, number))");
		}
		for (int round = 0; round < ROUNDS; round++) {
			Map<Integer, Integer> acknowledged = writeUntilKilled(round, random.nextInt(20, 3000));
			try (Connection connection = Sql.open(this.directory)) {
				assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
				for (Map.Entry<Integer, Integer> last : acknowledged.entrySet()) {
					assertThat(Sql.number(connection,
							"SELECT count(*) FROM written WHERE round = ? AND writer = ? AND number <= ?", round,
							last.getKey(), last.getValue()))
						.as("rows of writer %s in round %s", last.getKey(), round)
						.isEqualTo(last.getValue() + 1);
				}
				assertThat(
						Sql.rows(connection,
								"SELECT writer, count(*) FROM written WHERE round = ? AND writer > 0 "
										+ "GROUP BY writer HAVING count(*) % ? <> 0",
								round, TRANSACTION_ROWS))
					.isEmpty();
			}
		}
	}

	/** Returns the number of the last row that each writer acknowledged. */
	private Map<Integer, Integer> writeUntilKilled(int round, int acknowledgements) throws Exception {
		Map<Integer, Integer> last = new HashMap<>();
		try (ChildJvm child = ChildJvm.start(Writer.class, Sql.url(this.directory, UNHURRIED),
				Integer.toString(round))) {
			for (int i = 0; i < acknowledgements; i++) {
				note(child.readLine(), last);
			}
			child.kill();
			String line = child.readLine();
			while (line != null) {
				note(line, last);
				line = child.readLine();
			}
		}
		return last;
	}

	/** The kill may have cut the last line short. */
	private static void note(String line, Map<Integer, Integer> last) {
		assertThat(line).isNotNull();
		if (line.endsWith(".")) {
			String[] parts = line.substring(0, line.length() - 1).split(" ");
			last.merge(Integer.valueOf(parts[0]), Integer.valueOf(parts[1]), Math::max);
		}
	}

	/**
	 * The process that is killed: one writer in auto-commit mode, two by transaction, one
	 * by batch.
	 */
	static final class Writer {

		private static final String INSERT = "INSERT INTO written(round, writer, number, filling) "
				+ "VALUES (?, ?, ?, randomblob(abs(random() % 3000)))";

		private Writer() {
		}

		public static void main(String[] arguments) throws Exception {
			PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
			int round = Integer.parseInt(arguments[1]);
			for (int writer = 0; writer < 4; writer++) {
				int number = writer;
				Background.start(() -> write(arguments[0], round, number, output));
			}
			Thread.currentThread().join();
		}

		private static int write(String url, int round, int writer, PrintStream output) {
			try (Connection connection = DriverManager.getConnection(url);
					PreparedStatement statement = connection.prepareStatement(INSERT)) {
				statement.setInt(1, round);
				statement.setInt(2, writer);
				int number = 0;
				while (true) {
					number = (writer == 0) ? writeOne(statement, number)
							: writeSeveral(connection, statement, number, writer == 3);
					output.println(writer + " " + (number - 1) + ".");
				}
			}
			catch (SQLException ex) {
				ex.printStackTrace();
				Runtime.getRuntime().halt(1);
				return 1;
			}
		}

		private static int writeOne(PreparedStatement statement, int number) throws SQLException {
			statement.setInt(3, number);
			statement.executeUpdate();
			return number + 1;
		}

		private static int writeSeveral(Connection connection, PreparedStatement statement, int from, boolean batch)
				throws SQLException {
			connection.setAutoCommit(batch);
			for (int number = from; number < from + TRANSACTION_ROWS; number++) {
				statement.setInt(3, number);
				if (batch) {
					statement.addBatch();
				}
				else {
					statement.executeUpdate();
				}
			}
			if (batch) {
				statement.executeBatch();
			}
			else {
				connection.commit();
			}
			return from + TRANSACTION_ROWS;
		}

	}

}
