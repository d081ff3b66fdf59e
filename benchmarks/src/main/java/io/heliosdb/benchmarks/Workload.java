package io.heliosdb.benchmarks;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a line runs.
 *
 * @param type the class that does it
 * @param method the benchmark method in it, or what else the class measures
 * @param section the part of the report that it belongs to
 * @param peers who is measured
 * @param threads how many threads call it at once
 * @param operations what one call is divided by: the rows it handles
 * @param isLasting whether it takes long until it goes on as it will go on for ever
 * @param parameters JMH's, beside the peer
 */
record Workload(Class<?> type, String method, Section section, Set<Peer> peers, int threads, int operations,
		boolean isLasting, Map<String, String> parameters) {

	/** Part of the report. */
	enum Section {

		/** HeliosDB beside other databases. */
		DATABASES("beside other databases", Peer.HELIOSDB),

		/** HeliosDB with its history beside itself without, or in the present. */
		HISTORY("cost of time travel", Peer.HELIOSDB),

		/** HeliosDB with a key beside itself without. */
		ENCRYPTION("cost of encryption", Peer.HELIOSDB_ENCRYPTED);

		private final String title;

		private final Peer subject;

		Section(String title, Peer subject) {
			this.title = title;
			this.subject = subject;
		}

		/** Whose figures are divided by the others'. */
		Peer subject() {
			return this.subject;
		}

		String title() {
			return this.title;
		}

	}

	/**
	 * The same work for all databases: durability makes no difference to what only reads.
	 */
	static Workload beside(Class<?> type, String method) {
		Set<Peer> peers = EnumSet.of(Peer.HELIOSDB, Peer.SQLITE_JDBC, Peer.H2);
		if (type == WriteBenchmark.class || type == MixedBenchmark.class) {
			peers.add(Peer.H2_NO_DELAY);
		}
		return of(type, method, Section.DATABASES, peers);
	}

	/** HeliosDB alone. */
	static Workload alone(Class<?> type, String method) {
		return of(type, method, Section.DATABASES, EnumSet.of(Peer.HELIOSDB));
	}

	/** The same work with history and without. */
	static Workload history(Class<?> type, String method) {
		return of(type, method, Section.HISTORY, EnumSet.of(Peer.HELIOSDB, Peer.HELIOSDB_WITHOUT_HISTORY));
	}

	/** The same work with encryption and without, and with SQLite's other ciphers. */
	static Workload encryption(Class<?> type, String method) {
		return of(type, method, Section.ENCRYPTION, EnumSet.of(Peer.HELIOSDB_ENCRYPTED, Peer.HELIOSDB,
				Peer.MULTIPLE_CIPHERS, Peer.MULTIPLE_CIPHERS_SQLCIPHER));
	}

	/** Work on the past, or where no history is none. */
	static Workload past(Class<?> type, String method) {
		return of(type, method, Section.HISTORY, EnumSet.of(Peer.HELIOSDB));
	}

	private static Workload of(Class<?> type, String method, Section section, Set<Peer> peers) {
		return new Workload(type, method, section, peers, 1, 1, false, Map.of());
	}

	/** On these databases too. */
	Workload and(Peer peer) {
		Set<Peer> more = EnumSet.copyOf(this.peers);
		more.add(peer);
		return new Workload(this.type, this.method, this.section, more, this.threads, this.operations, this.isLasting,
				this.parameters);
	}

	Workload onThreads(int count) {
		return new Workload(this.type, this.method, this.section, this.peers, count, this.operations, this.isLasting,
				this.parameters);
	}

	Workload of(int operations) {
		return new Workload(this.type, this.method, this.section, this.peers, this.threads, operations, this.isLasting,
				this.parameters);
	}

	Workload lasting() {
		return new Workload(this.type, this.method, this.section, this.peers, this.threads, this.operations, true,
				this.parameters);
	}

	Workload with(String parameter, Object value) {
		Map<String, String> more = new LinkedHashMap<>(this.parameters);
		more.put(parameter, value.toString());
		return new Workload(this.type, this.method, this.section, this.peers, this.threads, this.operations,
				this.isLasting, Map.copyOf(more));
	}

	/** The benchmark's full name as JMH knows it. */
	String benchmark() {
		return this.type.getName() + "." + this.method;
	}

}
