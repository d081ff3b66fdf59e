package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many threads at work through the pool, each keeping the books on what it did. The build
 * runs 20,000 operations a thread; the full load is had by
 * {@code mvn verify -pl engine-native,jdbc -Dheliosdb.operations=100000}.
 */
class ConcurrentWorkloadTests {

	private static final int OPERATIONS = Integer.getInteger("heliosdb.operations", 20_000);

	private static final int ACCOUNTS = 1000;

	@TempDir
	private Path directory;

	@Test
	void eightThreadsOfStatementsAndTransactionsGiveNoErrorAndTheRightTotals() throws Exception {
		work(8, 8, OPERATIONS);
	}

	@Test
	void moreThreadsThanConnectionsGiveNoErrorAndTheRightTotals() throws Exception {
		work(24, 5, OPERATIONS / 20);
	}

	@Test
	void twentyFourConnectionsGiveNoErrorAndTheRightTotals() throws Exception {
		work(24, 24, OPERATIONS / 20);
	}

	private void work(int threads, int connections, int operations) throws Exception {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(Sql.url(this.directory, "?busy_timeout=120s"));
		config.setMaximumPoolSize(connections);
		config.setConnectionTimeout(240_000);
		try (HikariDataSource pool = new HikariDataSource(config)) {
			createTables(pool);
			List<Background<Long>> workers = new ArrayList<>();
			for (int t = 0; t < threads; t++) {
				SplittableRandom random = new SplittableRandom(t);
				workers.add(Background.start(() -> work(pool, random, operations)));
			}
			long entries = 0;
			for (Background<Long> worker : workers) {
				entries += worker.resultWithin(600);
			}
			check(pool, entries);
		}
	}

	private static void createTables(HikariDataSource pool) throws SQLException {
		try (Connection connection = pool.getConnection()) {
			connection.setAutoCommit(false);
			Sql.update(connection, "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)");
			Sql.update(connection, "CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER NOT NULL "
					+ "REFERENCES account, amount INTEGER NOT NULL, note TEXT)");
			Sql.update(connection, "CREATE INDEX entry_account ON entry (account)");
			for (int i = 0; i < ACCOUNTS; i++) {
				Sql.update(connection, "INSERT INTO account VALUES (?, 0)", i);
			}
			connection.commit();
		}
	}

	/** Returns how many entries it made. */
	private static long work(HikariDataSource pool, SplittableRandom random, int operations) throws SQLException {
		long entries = 0;
		for (int i = 0; i < operations; i++) {
			try (Connection connection = pool.getConnection()) {
				entries += operate(connection, random);
			}
		}
		return entries;
	}

	private static int operate(Connection connection, SplittableRandom random) throws SQLException {
		int account = random.nextInt(ACCOUNTS);
		switch (random.nextInt(12)) {
			case 0, 1, 2:
				return enter(connection, account, 0);
			case 3, 4:
				return transfer(connection, account, random.nextInt(ACCOUNTS), random.nextInt(100),
						random.nextInt(4) == 0);
			case 5:
				return enterBatch(connection, account);
			case 6:
				readSnapshot(connection, account);
				return 0;
			default:
				assertThat(Sql.number(connection, "SELECT id FROM account WHERE id = ?", account)).isEqualTo(account);
				return 0;
		}
	}

	private static int enter(Connection connection, int account, long amount) throws SQLException {
		return Sql.update(connection, "INSERT INTO entry(account, amount, note) VALUES (?, ?, ?)", account, amount,
				"a note of some length, so that pages fill");
	}

	private static int transfer(Connection connection, int from, int to, int amount, boolean giveUp)
			throws SQLException {
		connection.setAutoCommit(false);
		Sql.update(connection, "UPDATE account SET balance = balance - ? WHERE id = ?", amount, from);
		Sql.update(connection, "UPDATE account SET balance = balance + ? WHERE id = ?", amount, to);
		int entries = enter(connection, from, -amount) + enter(connection, to, amount);
		if (giveUp) {
			connection.rollback();
			entries = 0;
		}
		else {
			connection.commit();
		}
		connection.setAutoCommit(true);
		return entries;
	}

	private static int enterBatch(Connection connection, int account) throws SQLException {
		try (PreparedStatement statement = connection
			.prepareStatement("INSERT INTO entry(account, amount) VALUES (?, 0)")) {
			for (int i = 0; i < 5; i++) {
				statement.setInt(1, account);
				statement.addBatch();
			}
			return statement.executeBatch().length;
		}
	}

	/** Balance and entries belong together at any moment. */
	private static void readSnapshot(Connection connection, int account) throws SQLException {
		connection.setReadOnly(true);
		connection.setAutoCommit(false);
		long balance = Sql.number(connection, "SELECT balance FROM account WHERE id = ?", account);
		long sum = Sql.number(connection, "SELECT coalesce(sum(amount), 0) FROM entry WHERE account = ?", account);
		assertThat(sum).isEqualTo(balance);
		connection.commit();
		connection.setAutoCommit(true);
		connection.setReadOnly(false);
	}

	private static void check(HikariDataSource pool, long entries) throws SQLException {
		try (Connection connection = pool.getConnection()) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM entry")).isEqualTo(entries);
			assertThat(Sql.number(connection, "SELECT sum(balance) FROM account")).isZero();
			assertThat(
					Sql.number(connection,
							"SELECT count(*) FROM account a WHERE balance <> "
									+ "(SELECT coalesce(sum(amount), 0) FROM entry e WHERE e.account = a.id)"))
				.isZero();
			assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
			assertThat(Sql.rows(connection, "PRAGMA foreign_key_check")).isEmpty();
		}
	}

}
