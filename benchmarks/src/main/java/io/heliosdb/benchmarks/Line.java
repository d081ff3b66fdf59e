package io.heliosdb.benchmarks;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The lines of the report: what is run, and what HeliosDB is meant to reach.
 */
enum Line {

	LOOKUP_JDBC("key lookup, prepared once, plain JDBC", LookupBenchmark.class, "jdbc", 1, 1, atMost(0.8, Peer.H2)),

	LOOKUP_TEMPLATE("key lookup, `JdbcTemplate`", LookupBenchmark.class, "template", 1, 1, atMost(0.9, Peer.H2),
			atMost(0.35, Peer.SQLITE_JDBC)),

	SCAN("scan of 100,000 rows, 4 columns, a row", QueryBenchmark.class, "scan", 1, QueryBenchmark.SCANNED,
			atMost(1.0, Peer.H2)),

	AGGREGATE("aggregate over 112,000 rows", QueryBenchmark.class, "aggregate", 1, 1, atMost(1.0, Peer.SQLITE_JDBC)),

	BATCH("batch insert, a row", WriteBenchmark.class, "batch", 1, WriteBenchmark.BATCH, atMost(0.8, Peer.SQLITE_JDBC)),

	INSERT("autocommit insert, `JdbcTemplate`", WriteBenchmark.class, "insert", 1, 1, atMost(0.5, Peer.SQLITE_JDBC),
			atMost(0.7, Peer.H2)),

	INSERT_8("autocommit insert, 8 threads", WriteBenchmark.class, "insert", 8, 1, throughput(0.9, INSERT)),

	UPDATE("autocommit update, `JdbcTemplate`", WriteBenchmark.class, "update", 1, 1, atMost(0.5, Peer.SQLITE_JDBC)),

	UPDATE_8("autocommit update, 8 threads", WriteBenchmark.class, "update", 8, 1, throughput(0.9, UPDATE)),

	MIXED_8("9 lookups to 1 update, 8 threads", MixedBenchmark.class, "statement", 8, 1),

	START_UP("start of a JVM to its first row", StartUp.class, "main", 1, 1),

	LOOKUP_UNOBSERVED("key lookup, no listener", ListenerBenchmark.class, "absent", 1, 1),

	LOOKUP_IDLE_LISTENER("key lookup, listener that does not listen", ListenerBenchmark.class, "idle", 1, 1,
			atMost(1.05, LOOKUP_UNOBSERVED));

	private final String title;

	private final Class<?> workload;

	private final String method;

	private final int threads;

	private final int operations;

	private final List<Bound> bounds;

	/**
	 * A line.
	 * @param title what the report calls it
	 * @param workload the class that does it
	 * @param method the benchmark method in it
	 * @param threads how many threads call it at once
	 * @param operations what one call is divided by: the rows it handles
	 * @param bounds the targets
	 */
	Line(String title, Class<?> workload, String method, int threads, int operations, Bound... bounds) {
		this.title = title;
		this.workload = workload;
		this.method = method;
		this.threads = threads;
		this.operations = operations;
		this.bounds = List.of(bounds);
	}

	String title() {
		return this.title;
	}

	/** The benchmark's full name as JMH knows it. */
	String benchmark() {
		return this.workload.getName() + "." + this.method;
	}

	boolean isStartUp() {
		return this.workload == StartUp.class;
	}

	int threads() {
		return this.threads;
	}

	int operations() {
		return this.operations;
	}

	List<Bound> bounds() {
		return this.bounds;
	}

	/** Who is measured: durability makes no difference to what only reads. */
	Set<Peer> peers() {
		if (this.workload == ListenerBenchmark.class) {
			return EnumSet.of(Peer.HELIOSDB);
		}
		boolean writes = this.workload == WriteBenchmark.class || this.workload == MixedBenchmark.class;
		return writes ? EnumSet.allOf(Peer.class) : EnumSet.complementOf(EnumSet.of(Peer.H2_NO_DELAY));
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

	private static Bound atMost(double ratio, Peer peer) {
		return new Bound("≤ " + ratio + " × " + peer.title(), peer, null, ratio);
	}

	private static Bound atMost(double ratio, Line line) {
		return new Bound("≤ " + ratio + " × " + line.title, Peer.HELIOSDB, line, ratio);
	}

	private static Bound throughput(double ratio, Line line) {
		return new Bound("no error, ≥ " + ratio + " × one thread", Peer.HELIOSDB, line, 1 / ratio);
	}

	/**
	 * A target: HeliosDB's time on this line, divided by a reference, is at most a ratio.
	 *
	 * @param text as people read it
	 * @param peer whose time is the reference
	 * @param line on which line, {@code null} for the same one
	 * @param ratio the largest ratio that reaches the target
	 */
	record Bound(String text, Peer peer, Line line, double ratio) {

		/** A ratio of times as the text puts it: above one thread's, it is of rates. */
		double reading(double times) {
			return this.text.contains("≥") ? 1 / times : times;
		}

	}

}
