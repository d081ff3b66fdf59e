package io.heliosdb.benchmarks;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.HeliosConnection;
import io.heliosdb.jdbc.HistoryStatus;

/**
 * Two writers, a reader and an observer of one database.
 * <p>
 * Each transaction of a writer increments the writer's counter and writes the new count
 * into one of its entries, by turns. So at a point the counters add up to the number of
 * commits until then, and the entries have the last counts, each once.
 */
final class SoakLoad {

	private static final int WRITERS = 2;

	/** Entries of a writer. */
	private static final int ENTRIES = 5_000;

	private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(100);

	/** What a writer should not have to wait for longer. */
	static final Duration LONGEST_WAIT = Duration.ofMillis(50);

	/** SQLState of a point that does not exist. */
	private static final String NO_POINT = "22023";

	private static final List<String> TABLES = List.of(
			"CREATE TABLE counter (writer INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
			"CREATE TABLE entry (id INTEGER PRIMARY KEY, writer INTEGER NOT NULL, n INTEGER NOT NULL, text TEXT NOT NULL)",
			"CREATE INDEX entry_count ON entry (writer, n)");

	private final Peer peer;

	private final Duration retention;

	private final String url;

	private final Waits waits = new Waits();

	private final AtomicLong longest = new AtomicLong();

	private final ConcurrentLinkedQueue<Stalls.Span> longWaits = new ConcurrentLinkedQueue<>();

	private final AtomicLong longestOwn = new AtomicLong();

	private final AtomicLong longOwnWaits = new AtomicLong();

	private final AtomicLong longestStall = new AtomicLong();

	private final List<String> violations = new CopyOnWriteArrayList<>();

	private final AtomicLong pointsChecked = new AtomicLong();

	private final AtomicLong pointsRefused = new AtomicLong();

	private Duration duration;

	private volatile boolean ended;

	/** The point at which all counters are 0. */
	private long base;

	/** When that point was there. */
	private Instant started;

	private long mostHistoryBytes;

	private long mostWalBytes;

	private Duration longestAge = Duration.ZERO;

	/**
	 * Bytes of history for each point that it has, when it first was as old as it may be.
	 */
	private double bytesAPoint;

	private double mostBytesAPoint;

	/** What a thread does until the load ends. */
	private interface Task {

		void run(Connection connection) throws Exception;

	}

	SoakLoad(Peer peer, Path folder, Duration retention) {
		this.peer = peer;
		this.retention = retention;
		String url = peer.url(folder);
		this.url = hasHistory() ? url + "?history_retention=" + retention.toSeconds() + "s" : url;
	}

	private boolean hasHistory() {
		return this.peer == Peer.HELIOSDB;
	}

	void run(Duration duration) throws SQLException, InterruptedException {
		this.duration = duration;
		try (Connection connection = DriverManager.getConnection(this.url); Stalls stalls = new Stalls()) {
			create(connection);
			Thread[] threads = new Thread[WRITERS + 2];
			for (int i = 0; i < WRITERS; i++) {
				int writer = i;
				threads[i] = start("writer " + i, (own) -> write(own, writer));
			}
			threads[WRITERS] = start("reader", hasHistory() ? this::readPast : this::readPresent);
			threads[WRITERS + 1] = start("observer", this::observe);
			Thread.sleep(duration.toMillis());
			this.ended = true;
			for (Thread thread : threads) {
				thread.join();
			}
			tellApart(stalls);
		}
	}

	/** What the machine made writers wait for, and what the database did. */
	private void tellApart(Stalls stalls) {
		this.longestStall.set(stalls.longest());
		for (Stalls.Span wait : this.longWaits) {
			long own = wait.nanos() - stalls.within(wait);
			this.longestOwn.accumulateAndGet(own, Math::max);
			if (own > LONGEST_WAIT.toNanos()) {
				this.longOwnWaits.incrementAndGet();
			}
		}
	}

	private void create(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			for (String table : TABLES) {
				statement.execute(table);
			}
			for (int writer = 0; writer < WRITERS; writer++) {
				statement.execute("INSERT INTO counter VALUES (" + writer + ", 0)");
			}
		}
		if (hasHistory()) {
			this.base = PastDatabase.newestPoint(connection);
			this.started = Instant.now();
		}
	}

	private Thread start(String name, Task task) {
		Thread thread = new Thread(() -> {
			try (Connection connection = DriverManager.getConnection(this.url)) {
				task.run(connection);
			}
			catch (Exception ex) {
				this.violations.add(name + ": " + ex);
			}
		}, "soak " + name);
		thread.start();
		return thread;
	}

	private void write(Connection connection, int writer) throws SQLException {
		connection.setAutoCommit(false);
		try (PreparedStatement count = connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE writer = ?");
				PreparedStatement entry = connection
					.prepareStatement("INSERT OR REPLACE INTO entry (id, writer, n, text) VALUES (?, ?, ?, ?)")) {
			for (long n = 1; !this.ended; n++) {
				count.setInt(1, writer);
				entry.setLong(1, n % ENTRIES * WRITERS + writer);
				entry.setInt(2, writer);
				entry.setLong(3, n);
				entry.setString(4, "entry " + n * 7919 % 1_000_003);
				long start = System.nanoTime();
				count.executeUpdate();
				entry.executeUpdate();
				connection.commit();
				Stalls.Span wait = new Stalls.Span(start, System.nanoTime());
				this.waits.add(wait.nanos());
				this.longest.accumulateAndGet(wait.nanos(), Math::max);
				if (wait.nanos() > LONGEST_WAIT.toNanos()) {
					this.longWaits.add(wait);
				}
			}
		}
	}

	private void readPresent(Connection connection) throws SQLException {
		connection.setAutoCommit(false);
		connection.setReadOnly(true);
		try (Statement statement = connection.createStatement()) {
			do {
				check(statement, "", -1, "now");
				connection.commit();
			}
			while (!this.ended);
		}
	}

	private void readPast(Connection connection) throws SQLException {
		SplittableRandom random = new SplittableRandom(1);
		try (Statement statement = connection.createStatement()) {
			do {
				readPoint(connection, statement, random);
				readTime(statement, random);
				readExpired(connection, statement, random);
			}
			while (!this.ended);
		}
	}

	/** A point between the oldest and the newest. */
	private void readPoint(Connection connection, Statement statement, SplittableRandom random) throws SQLException {
		long oldest = history(connection).oldestScn();
		long scn = random.nextLong(Math.max(oldest, this.base), PastDatabase.newestPoint(connection) + 1);
		try {
			check(statement, " AS OF SCN " + scn, scn - this.base, "SCN " + scn);
		}
		catch (SQLException ex) {
			long horizon = history(connection).oldestScn();
			if (!NO_POINT.equals(ex.getSQLState()) || scn >= horizon) {
				this.violations.add("SCN " + scn + " cannot be read, the oldest is " + horizon + ": " + ex);
			}
		}
	}

	/** A time within the retention, and before commits that are just being made. */
	private void readTime(Statement statement, SplittableRandom random) throws SQLException {
		long most = this.retention.toMillis();
		Instant time = Instant.now().minusMillis(random.nextLong(most / 10, most));
		if (time.isBefore(this.started)) {
			return;
		}
		try {
			check(statement, " AS OF TIMESTAMP '" + time + "'", -1, time.toString());
		}
		catch (SQLException ex) {
			if (!NO_POINT.equals(ex.getSQLState())
					|| Duration.between(time, Instant.now()).compareTo(this.retention) < 0) {
				this.violations.add(time + " cannot be read at " + Instant.now() + ": " + ex);
			}
		}
	}

	/** A point below the oldest. */
	private void readExpired(Connection connection, Statement statement, SplittableRandom random) throws SQLException {
		long oldest = history(connection).oldestScn();
		if (oldest <= this.base) {
			return;
		}
		long scn = random.nextLong(this.base, oldest);
		try {
			check(statement, " AS OF SCN " + scn, scn - this.base, "SCN " + scn);
			this.violations.add("SCN " + scn + " can be read, though the oldest was " + oldest + " before");
		}
		catch (SQLException ex) {
			if (NO_POINT.equals(ex.getSQLState())) {
				this.pointsRefused.incrementAndGet();
			}
			else {
				this.violations.add("SCN " + scn + " is not refused as it should be: " + ex);
			}
		}
	}

	/**
	 * Checks what is in the tables.
	 * @param asOf what is put behind a table's name
	 * @param commits how many transactions there were until then, -1 if that is not known
	 * @param point how to call it
	 */
	private void check(Statement statement, String asOf, long commits, String point) throws SQLException {
		long sum = 0;
		for (int writer = 0; writer < WRITERS; writer++) {
			long n = number(statement, "SELECT n FROM counter" + asOf + " WHERE writer = " + writer);
			long entries = Math.min(n, ENTRIES);
			long first = n - entries + 1;
			sum += n;
			try (ResultSet row = statement.executeQuery(
					"SELECT count(*), min(n), max(n), sum(n) FROM entry" + asOf + " WHERE writer = " + writer)) {
				row.next();
				if (row.getLong(1) != entries || row.getLong(2) != Math.min(first, n) || row.getLong(3) != n
						|| row.getLong(4) != (first + n) * entries / 2) {
					this.violations.add("At " + point + " writer " + writer + " has counted to " + n + ", and has "
							+ row.getLong(1) + " entries of " + row.getLong(2) + " to " + row.getLong(3));
				}
			}
			long byRow = number(statement, "SELECT count(*) FROM entry" + asOf + " NOT INDEXED WHERE writer = " + writer
					+ " AND text LIKE 'entry %'");
			if (byRow != entries) {
				this.violations.add("At " + point + " the table has " + byRow + " entries, the index " + entries);
			}
		}
		if (commits >= 0 && sum != commits) {
			this.violations.add("At " + point + " the counters add up to " + sum + ", not " + commits);
		}
		this.pointsChecked.incrementAndGet();
	}

	private static long number(Statement statement, String query) throws SQLException {
		try (ResultSet row = statement.executeQuery(query)) {
			row.next();
			return row.getLong(1);
		}
	}

	private static HistoryStatus history(Connection connection) throws SQLException {
		return connection.unwrap(HeliosConnection.class).getDatabaseStatus().history();
	}

	private void observe(Connection connection) throws SQLException, InterruptedException {
		HeliosConnection helios = connection.unwrap(HeliosConnection.class);
		while (!this.ended) {
			DatabaseStatus status = helios.getDatabaseStatus();
			this.mostWalBytes = Math.max(this.mostWalBytes, status.walBytes());
			if (status.history() != null) {
				observe(status.history());
			}
			Thread.sleep(SAMPLE_INTERVAL.toMillis());
		}
	}

	private void observe(HistoryStatus history) {
		if (history.failures() > 0) {
			this.violations.add("History failed: " + history.lastFailure());
		}
		if (history.oldestAt() == null) {
			return;
		}
		this.mostHistoryBytes = Math.max(this.mostHistoryBytes, history.bytes());
		Duration age = Duration.between(history.oldestAt(), Instant.now());
		this.longestAge = (age.compareTo(this.longestAge) > 0) ? age : this.longestAge;
		if (this.longestAge.compareTo(this.retention) >= 0) {
			double bytes = (double) history.bytes() / (history.newestScn() - history.oldestScn() + 1);
			this.bytesAPoint = (this.bytesAPoint == 0) ? bytes : this.bytesAPoint;
			this.mostBytesAPoint = Math.max(this.mostBytesAPoint, bytes);
		}
	}

	Peer peer() {
		return this.peer;
	}

	Duration duration() {
		return this.duration;
	}

	/** What was found to be wrong. */
	List<String> violations() {
		return this.violations;
	}

	/** How long the transactions took. */
	Waits waits() {
		return this.waits;
	}

	/** How long the longest transaction took, in nanoseconds. */
	long longest() {
		return this.longest.get();
	}

	/**
	 * How long the longest of those longer than {@link #LONGEST_WAIT} took without what
	 * the machine stood still meanwhile, in nanoseconds; 0 if there was none.
	 */
	long longestOwn() {
		return this.longestOwn.get();
	}

	/** How many took longer than {@link #LONGEST_WAIT} without that. */
	long longOwnWaits() {
		return this.longOwnWaits.get();
	}

	/** How long the machine stood still at most, in nanoseconds. */
	long longestStall() {
		return this.longestStall.get();
	}

	long mostWalBytes() {
		return this.mostWalBytes;
	}

	long mostHistoryBytes() {
		return this.mostHistoryBytes;
	}

	/** The age of the oldest point that there ever was. */
	Duration longestAge() {
		return this.longestAge;
	}

	double bytesAPoint() {
		return this.bytesAPoint;
	}

	double mostBytesAPoint() {
		return this.mostBytesAPoint;
	}

	long pointsChecked() {
		return this.pointsChecked.get();
	}

	long pointsRefused() {
		return this.pointsRefused.get();
	}

}
