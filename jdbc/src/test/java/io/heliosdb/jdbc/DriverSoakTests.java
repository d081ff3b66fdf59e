package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.heliosdb.engine.Engine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that open, use, cancel, time out and close whatever they come across of 24
 * connections, their statements and results, in any order.
 * {@code -Dheliosdb.soak-operations} says how often.
 */
class DriverSoakTests {

	private static final int CONNECTIONS = 24;

	private static final int THREADS = 6;

	/** What may come of an operation that another thread gets in the way of. */
	private static final Set<String> EXPECTED = Set.of("08003", "HY010", "24000", "57014", "HYT00", "25P02", "40000",
			"25000", "40001", "25006", "38000", "55006");

	@TempDir
	private Path directory;

	/** A connection with some of what belongs to it. */
	private static final class Slot {

		private final Connection connection;

		private volatile Statement statement;

		private volatile ResultSet rows;

		private Slot(Connection connection) {
			this.connection = connection;
		}

	}

	private final AtomicReferenceArray<Slot> slots = new AtomicReferenceArray<>(CONNECTIONS);

	private final AtomicInteger succeeded = new AtomicInteger();

	private final AtomicInteger refused = new AtomicInteger();

	@Test
	void nothingIsLeftBehindWhateverTheOrder() throws Exception {
		int operations = Integer.getInteger("heliosdb.soak-operations", 4000);
		Engine engine = Engine.load(Path.of(System.getProperty("user.home"), ".heliosdb", "bin"));
		prepare();
		long memory = engine.memoryUsed();
		AtomicInteger left = new AtomicInteger(operations);
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<?>> done = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				SplittableRandom random = new SplittableRandom(i);
				done.add(threads.submit((Callable<Void>) () -> {
					while (left.getAndDecrement() > 0) {
						operate(random);
					}
					return null;
				}));
			}
			for (Future<?> one : done) {
				one.get(30, TimeUnit.MINUTES);
			}
		}
		finally {
			threads.shutdownNow();
		}
		for (int i = 0; i < CONNECTIONS; i++) {
			Slot slot = this.slots.get(i);
			if (slot != null) {
				slot.connection.close();
			}
		}
		// It may be less: a collection of garbage frees what tests before left to it.
		assertThat(engine.memoryUsed()).as("bytes that SQLite holds").isLessThanOrEqualTo(memory);
		try (var files = Files.list(this.directory)) {
			assertThat(files.map((file) -> file.getFileName().toString()))
				.noneMatch((name) -> name.endsWith("-wal") || name.endsWith("-lock"));
		}
		try (Connection connection = Sql.open(this.directory)) {
			assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
			assertThat(Sql.number(connection, "SELECT count(*) FROM t WHERE length(b) <> n")).isZero();
		}
		// Mostly refusals would test little.
		assertThat(this.succeeded.get()).isGreaterThan(operations / 4);
		assertThat(this.refused.get()).isPositive();
	}

	private void prepare() throws SQLException {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, b BLOB)");
			Sql.update(connection, "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000) "
					+ "INSERT INTO t SELECT x, x % 200, zeroblob(x % 200) FROM c");
		}
	}

	private void operate(SplittableRandom random) throws Exception {
		int index = random.nextInt(CONNECTIONS);
		Slot slot = this.slots.get(index);
		try {
			if (slot == null) {
				Connection opened = Sql.open(this.directory, "?busy_timeout=50ms");
				if (!this.slots.compareAndSet(index, null, new Slot(opened))) {
					opened.close();
				}
			}
			else {
				use(slot, index, random);
			}
			this.succeeded.incrementAndGet();
		}
		catch (SQLException ex) {
			if (!EXPECTED.contains(ex.getSQLState())) {
				throw ex;
			}
			this.refused.incrementAndGet();
		}
	}

	private void use(Slot slot, int index, SplittableRandom random) throws Exception {
		Connection connection = slot.connection;
		Statement statement = slot.statement;
		ResultSet rows = slot.rows;
		switch (random.nextInt(22)) {
			case 0, 1, 2 -> Sql.number(connection, "SELECT n FROM t WHERE id = ?", random.nextInt(3000));
			case 3 -> {
				PreparedStatement query = connection.prepareStatement("SELECT * FROM t ORDER BY n + ?");
				query.setInt(1, random.nextInt(9));
				slot.statement = query;
				slot.rows = query.executeQuery();
			}
			case 4 -> {
				Statement scrolling = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
						ResultSet.CONCUR_READ_ONLY);
				slot.statement = scrolling;
				slot.rows = scrolling.executeQuery("SELECT id, b FROM t LIMIT 500");
			}
			case 5, 6 -> {
				for (int i = 0; rows != null && i < 50 && rows.next(); i++) {
					rows.getString(1);
				}
			}
			case 7 -> {
				if (rows != null) {
					rows.close();
				}
			}
			case 8 -> {
				if (statement != null) {
					statement.close();
				}
			}
			case 9, 10 -> {
				if (statement != null) {
					statement.cancel();
				}
			}
			case 11 -> {
				int length = random.nextInt(100_000);
				try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t (n, b) VALUES (?, ?)",
						Statement.RETURN_GENERATED_KEYS)) {
					insert.setInt(1, length);
					insert.setBinaryStream(2, new ByteArrayInputStream(new byte[length]));
					insert.executeUpdate();
				}
				Sql.update(connection, "DELETE FROM t WHERE id > 3050");
			}
			case 12 -> {
				try (PreparedStatement update = connection
					.prepareStatement("UPDATE t SET n = ?1, b = zeroblob(?1) WHERE id = ?2")) {
					for (int i = 0; i < 20; i++) {
						update.setInt(1, random.nextInt(200));
						update.setInt(2, random.nextInt(3000));
						update.addBatch();
					}
					update.executeBatch();
				}
			}
			case 13 -> connection.setAutoCommit(random.nextBoolean());
			case 14 -> connection.commit();
			case 15 -> connection.rollback();
			case 16 -> {
				// It stays: another thread could take it away before this one executes.
				connection.setNetworkTimeout(Runnable::run, 1 + random.nextInt(20));
				try (Statement endless = connection.createStatement()) {
					slot.statement = endless;
					endless.executeQuery(Sql.ENDLESS);
				}
			}
			case 17 -> {
				if (rows != null && rows.next()) {
					try (InputStream blob = rows.getBinaryStream("b")) {
						assertThat(blob.readAllBytes()).isNotNull();
					}
				}
			}
			case 18 -> connection.unwrap(HeliosConnection.class)
				.createFunction("soak", 1,
						(arguments) -> arguments.getLong(0) % ThreadLocalRandom.current().nextInt(1, 9));
			case 19 -> connection.abort(Runnable::run);
			default -> {
				connection.close();
				this.slots.compareAndSet(index, slot, null);
			}
		}
		if (connection.isClosed()) {
			this.slots.compareAndSet(index, slot, null);
		}
	}

}
