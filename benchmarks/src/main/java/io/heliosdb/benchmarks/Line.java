package io.heliosdb.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The lines of the report: what is run, and what HeliosDB is meant to reach.
 */
enum Line {

	LOOKUP_JDBC("key lookup, prepared once, plain JDBC", beside(LookupBenchmark.class, "jdbc"), atMost(0.8, Peer.H2)),

	LOOKUP_TEMPLATE("key lookup, `JdbcTemplate`", beside(LookupBenchmark.class, "template"), atMost(0.9, Peer.H2),
			atMost(0.35, Peer.SQLITE_JDBC)),

	LOOKUP_SPRING_DATA("key lookup, Spring Data JDBC", beside(FrameworkBenchmark.class, "springDataJdbc")),

	LOOKUP_HIBERNATE("key lookup, Hibernate, a session each", beside(FrameworkBenchmark.class, "hibernate")),

	SCAN("scan of 100,000 rows, 4 columns, a row", beside(QueryBenchmark.class, "scan").of(QueryBenchmark.SCANNED),
			atMost(1.0, Peer.H2)),

	AGGREGATE("aggregate over 112,000 rows", beside(QueryBenchmark.class, "aggregate"), atMost(1.0, Peer.SQLITE_JDBC)),

	BATCH("batch insert, a row", beside(WriteBenchmark.class, "batch").of(WriteBenchmark.BATCH),
			atMost(0.8, Peer.SQLITE_JDBC)),

	INSERT("autocommit insert, `JdbcTemplate`", beside(WriteBenchmark.class, "insert"), atMost(0.5, Peer.SQLITE_JDBC),
			atMost(0.7, Peer.H2)),

	INSERT_8("autocommit insert, 8 threads", beside(WriteBenchmark.class, "insert").onThreads(8),
			throughput(0.9, INSERT)),

	UPDATE("autocommit update, `JdbcTemplate`", beside(WriteBenchmark.class, "update"), atMost(0.5, Peer.SQLITE_JDBC)),

	UPDATE_8("autocommit update, 8 threads", beside(WriteBenchmark.class, "update").onThreads(8),
			throughput(0.9, UPDATE)),

	MIXED_8("9 lookups to 1 update, 8 threads", beside(MixedBenchmark.class, "statement").onThreads(8)),

	START_UP("start of a JVM to its first row", beside(StartUp.class, "main"), beyond(50, Peer.H2)),

	LOOKUP_UNOBSERVED("key lookup, no listener", alone(ListenerBenchmark.class, "absent")),

	LOOKUP_IDLE_LISTENER("key lookup, listener that does not listen", alone(ListenerBenchmark.class, "idle"),
			atMost(1.05, LOOKUP_UNOBSERVED)),

	HISTORY_INSERT("autocommit insert", history(WriteBenchmark.class, "insert").lasting(), throughput(0.9)),

	HISTORY_INSERT_INDEXED("autocommit insert, two indexes",
			history(WriteBenchmark.class, "insert").with("indexed", true).lasting(), throughput(0.9)),

	HISTORY_UPDATE("autocommit update", history(WriteBenchmark.class, "update").lasting(), throughput(0.9)),

	HISTORY_UPDATE_INDEXED("autocommit update that changes two indexes",
			history(WriteBenchmark.class, "update").with("indexed", true).lasting(), throughput(0.9)),

	HISTORY_BATCH("batch insert, a row", history(WriteBenchmark.class, "batch").of(WriteBenchmark.BATCH).lasting(),
			throughput(0.8)),

	HISTORY_BATCH_INDEXED("batch insert, two indexes, a row",
			history(WriteBenchmark.class, "batch").of(WriteBenchmark.BATCH).with("indexed", true).lasting(),
			throughput(0.8)),

	HISTORY_LOOKUP("key lookup", history(LookupBenchmark.class, "jdbc"), asFast()),

	HISTORY_SCAN("scan, a row", history(QueryBenchmark.class, "scan").of(QueryBenchmark.SCANNED), asFast()),

	PRESENT_LOOKUP("key lookup in the present", past("lookup", 0)),

	PAST_LOOKUP_10("key lookup 10 commits back", past("lookup", 10), atMost(1.3, PRESENT_LOOKUP)),

	PAST_LOOKUP("key lookup 100,000 commits back", past("lookup", PastDatabase.COMMITS), atMost(1.3, PRESENT_LOOKUP)),

	PAST_LOOKUP_CONNECTION("key lookup 100,000 commits back, connection with `as_of`",
			past("lookup", PastDatabase.COMMITS).with("way", PastDatabase.Way.CONNECTION), atMost(1.3, PRESENT_LOOKUP)),

	PRESENT_RANGE("112 rows by a range of an index in the present", past("range", 0)),

	PAST_RANGE_10("112 rows by a range of an index 10 commits back", past("range", 10), atMost(1.3, PRESENT_RANGE)),

	PAST_RANGE("112 rows by a range of an index 100,000 commits back", past("range", PastDatabase.COMMITS),
			atMost(1.3, PRESENT_RANGE)),

	PRESENT_SCAN("scan in the present, a row", past("scan", 0).of(Database.ROWS)),

	PAST_SCAN_10("scan 10 commits back, a row", past("scan", 10).of(Database.ROWS), atMost(1.3, PRESENT_SCAN)),

	PAST_SCAN("scan 100,000 commits back, a row", past("scan", PastDatabase.COMMITS).of(Database.ROWS),
			atMost(1.3, PRESENT_SCAN)),

	PRESENT_FIRST_SCAN("first scan of a connection in the present, a row", past("firstScan", 0).of(Database.ROWS)),

	PAST_FIRST_SCAN_10("first scan of a connection 10 commits back, a row", past("firstScan", 10).of(Database.ROWS)),

	PAST_FIRST_SCAN("first scan of a connection 100,000 commits back, a row",
			past("firstScan", PastDatabase.COMMITS).of(Database.ROWS)),

	PAST_OPEN("opening a point 100,000 commits back, with a lookup", past("open", PastDatabase.COMMITS), within(5)),

	PAST_OPEN_CONNECTION("opening a connection with `as_of` 100,000 commits back, with a lookup",
			past("openConnection", PastDatabase.COMMITS), within(5)),

	VERSIONS("`VERSIONS BETWEEN` of one row over 100,000 commits", past("versions", PastDatabase.COMMITS), within(20)),

	DIFFERENCE("difference of two points, 1,000 of a million rows changed",
			Workload.past(DifferenceBenchmark.class, "difference"), within(50)),

	HISTORY_SHARE("history of updates that change two indexes, in the WAL's bytes",
			Workload.past(HistoryShare.class, HistoryShare.Column.AMOUNT.name()), share(15)),

	HISTORY_SHARE_TABLE("history of updates that change no index, in the WAL's bytes",
			Workload.past(HistoryShare.class, HistoryShare.Column.NAME.name()), share(15)),

	ENCRYPTED_LOOKUP("key lookup, all of the database in the page cache", encryption(LookupBenchmark.class, "jdbc"),
			timesPlain(1.0, 1.05)),

	ENCRYPTED_LOOKUP_SMALL("key lookup, a tenth of the database in the page cache",
			encryption(LookupBenchmark.class, "smallCache").and(Peer.HELIOSDB_ENCRYPTED_UNSHARED),
			timesPlain(1.5, 1.5)),

	ENCRYPTED_MIXED_8("9 lookups to 1 update, 8 threads",
			encryption(MixedBenchmark.class, "statement").and(Peer.HELIOSDB_ENCRYPTED_UNSHARED).onThreads(8)),

	ENCRYPTED_INSERT("autocommit insert", encryption(WriteBenchmark.class, "insert").lasting(), timesPlain(1.25, 1.25)),

	ENCRYPTED_BATCH("batch insert, a row", encryption(WriteBenchmark.class, "batch").of(WriteBenchmark.BATCH).lasting(),
			timesPlain(1.3, 1.3));

	private final String title;

	private final Workload workload;

	private final List<Bound> bounds;

	/**
	 * A line.
	 * @param title what the report calls it
	 * @param workload what is run
	 * @param bounds the targets
	 */
	Line(String title, Workload workload, Bound... bounds) {
		this.title = title;
		this.workload = workload;
		this.bounds = List.of(bounds);
	}

	String title() {
		return this.title;
	}

	Workload workload() {
		return this.workload;
	}

	List<Bound> bounds() {
		return this.bounds;
	}

	Set<Peer> peers() {
		return this.workload.peers();
	}

	/** A figure of this line as people read it. */
	String format(double figure) {
		if (Double.isNaN(figure)) {
			return "failed";
		}
		if (this.workload.type() == HistoryShare.class) {
			return String.format(Locale.ROOT, "%.1f %%", figure);
		}
		return (figure < 1000) ? String.format(Locale.ROOT, "%.2f µs", figure)
				: String.format(Locale.ROOT, "%.1f ms", figure / 1000);
	}

	/** By its name in lower case with dashes. */
	static Line of(String name) {
		return Arrays.stream(values())
			.filter((line) -> line.key().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("No line '" + name + "'; there are "
					+ String.join(", ", Arrays.stream(values()).map(Line::key).toList())));
	}

	private String key() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	private static Workload beside(Class<?> type, String method) {
		return Workload.beside(type, method);
	}

	private static Workload alone(Class<?> type, String method) {
		return Workload.alone(type, method);
	}

	private static Workload history(Class<?> type, String method) {
		return Workload.history(type, method);
	}

	private static Workload encryption(Class<?> type, String method) {
		return Workload.encryption(type, method);
	}

	private static Workload past(String method, int commitsBack) {
		return Workload.past(PastBenchmark.class, method).with("back", commitsBack);
	}

	private static Bound atMost(double ratio, Peer peer) {
		return new Bound("≤ " + ratio + " × " + peer.title(), peer, null, ratio);
	}

	private static Bound atMost(double ratio, Line line) {
		return new Bound("≤ " + ratio + " × " + line.title, Peer.HELIOSDB, line, ratio);
	}

	private static Bound throughput(double ratio, Line line) {
		return new Bound("no error, ≥ " + ratio + " × one thread", Peer.HELIOSDB, line, 1 / ratio);
	}

	private static Bound throughput(double ratio) {
		return new Bound("throughput ≥ " + ratio + " × without", Peer.HELIOSDB_WITHOUT_HISTORY, null, 1 / ratio);
	}

	private static Bound asFast() {
		return new Bound("as without (± 5 %)", Peer.HELIOSDB_WITHOUT_HISTORY, null, 1.05);
	}

	/** A measured ratio of so much still reaches it. */
	private static Bound timesPlain(double ratio, double measured) {
		return new Bound("≤ " + ratio + " × without", Peer.HELIOSDB, null, measured);
	}

	private static Bound within(int millis) {
		return new Bound("≤ " + millis + " ms", null, null, millis * 1000);
	}

	private static Bound beyond(int millis, Peer peer) {
		return new Bound("≤ " + millis + " ms beyond " + peer.title(), peer, null, millis * 1000, true);
	}

	private static Bound share(int percent) {
		return new Bound("≤ " + percent + " %", null, null, percent);
	}

	/**
	 * A target: HeliosDB's figure on this line, divided by a reference, is at most a
	 * ratio; or is at most so much more than the reference.
	 *
	 * @param text as people read it
	 * @param peer whose figure is the reference, {@code null} if the figure itself is
	 * bounded
	 * @param line on which line, {@code null} for the same one
	 * @param ratio the largest ratio that reaches the target
	 * @param difference whether the ratio is none, but the largest difference in
	 * microseconds
	 */
	record Bound(String text, Peer peer, Line line, double ratio, boolean difference) {

		Bound(String text, Peer peer, Line line, double ratio) {
			this(text, peer, line, ratio, false);
		}

		/** A ratio of times as the text puts it: above one thread's, it is of rates. */
		double reading(double times) {
			return this.text.contains("≥") ? 1 / times : times;
		}

	}

}
