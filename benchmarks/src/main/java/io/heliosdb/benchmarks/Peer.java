package io.heliosdb.benchmarks;

import java.nio.file.Path;

/**
 * The databases that are measured, each at its defaults but for what stands in its URL.
 */
public enum Peer {

	/** HeliosDB as a user gets it: WAL, {@code synchronous=normal}. */
	HELIOSDB("HeliosDB", "jdbc:heliosdb:%s",
			"WAL, synchronous=NORMAL (its default): a commit survives a crash of the process"),

	/** HeliosDB without time travel; measured beside it. */
	HELIOSDB_WITHOUT_HISTORY("HeliosDB, `history=off`", "jdbc:heliosdb:%s?history=off",
			"history=off: no past can be read; the same durability"),

	/** HeliosDB with a key; measured beside it. */
	HELIOSDB_ENCRYPTED("HeliosDB, encrypted", "jdbc:heliosdb:%s?key=" + "5a".repeat(32),
			"AES-256-GCM on every page of the database, its log and its history; the same durability"),

	/**
	 * sqlite-jdbc at the same durability. Its writers poll for the lock, so one that is
	 * unlucky for its default time-out of 3 s fails with SQLITE_BUSY; it gets a minute.
	 */
	SQLITE_JDBC("sqlite-jdbc", "jdbc:sqlite:%s?journal_mode=WAL&synchronous=NORMAL&busy_timeout=60000",
			"WAL, synchronous=NORMAL: a commit survives a crash of the process"),

	/** H2 as a user gets it: it writes commits behind. */
	H2("H2", "jdbc:h2:file:%s",
			"WRITE_DELAY=500 (its default): a crash of the process loses the commits of the last moments, which the"
					+ " others keep"),

	/** H2 at the durability of the others; measured where something is written. */
	H2_NO_DELAY("H2 without delay", "jdbc:h2:file:%s;WRITE_DELAY=0",
			"WRITE_DELAY=0: a commit survives a crash of the process");

	private final String title;

	private final String url;

	private final String durability;

	Peer(String title, String url, String durability) {
		this.title = title;
		this.url = url;
		this.durability = durability;
	}

	/**
	 * The name as people know it.
	 * @return the name
	 */
	public String title() {
		return this.title;
	}

	/**
	 * What a commit promises.
	 * @return one line for the report
	 */
	public String durability() {
		return this.durability;
	}

	/**
	 * The URL of the one database in a folder.
	 * @param folder where its files are
	 * @return the JDBC URL
	 */
	public String url(Path folder) {
		return this.url.formatted(folder.toAbsolutePath().resolve("bench.db"));
	}

}
