package io.heliosdb.benchmarks;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.jdbc.datasource.SimpleDriverDataSource;

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

	/** The same, decrypting every page that a connection reads. */
	HELIOSDB_ENCRYPTED_UNSHARED("HeliosDB, encrypted, `encryption_cache_size=0`",
			"jdbc:heliosdb:%s?encryption_cache_size=0&key=" + "5a".repeat(32),
			"encryption_cache_size=0: no decrypted page is kept but in a connection's own page cache"),

	/**
	 * SQLite3 Multiple Ciphers by its default; measured beside the encrypted HeliosDB.
	 */
	MULTIPLE_CIPHERS("SQLite3 Multiple Ciphers, ChaCha20",
			"jdbc:sqlite:file:%s?cipher=chacha20&hexkey=" + "5a".repeat(32)
					+ "&journal_mode=WAL&synchronous=NORMAL&busy_timeout=60000",
			"cipher `chacha20` (its default): ChaCha20-Poly1305 on every page; WAL, synchronous=NORMAL"),

	/** The same in the format of SQLCipher 4. */
	MULTIPLE_CIPHERS_SQLCIPHER("SQLite3 Multiple Ciphers, SQLCipher",
			"jdbc:sqlite:file:%s?cipher=sqlcipher&legacy=4&hexkey=" + "5a".repeat(32)
					+ "&journal_mode=WAL&synchronous=NORMAL&busy_timeout=60000",
			"cipher `sqlcipher` (format of SQLCipher 4): AES-256-CBC with HMAC-SHA-512 on every page; WAL,"
					+ " synchronous=NORMAL"),

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

	/**
	 * Opens a connection to the database in a folder.
	 * @param folder where its files are
	 * @return a new connection
	 * @throws SQLException if it cannot be opened
	 */
	Connection connect(Path folder) throws SQLException {
		return isMultipleCiphers() ? MultipleCiphers.DRIVER.connect(url(folder), new Properties())
				: DriverManager.getConnection(url(folder));
	}

	/**
	 * A pool of default size on the database in a folder.
	 * @param folder where its files are
	 * @return the pool, for the caller to close
	 */
	HikariDataSource pool(Path folder) {
		HikariDataSource pool = new HikariDataSource();
		if (isMultipleCiphers()) {
			pool.setDataSource(new SimpleDriverDataSource(MultipleCiphers.DRIVER, url(folder)));
		}
		else {
			pool.setJdbcUrl(url(folder));
		}
		return pool;
	}

	private boolean isMultipleCiphers() {
		return this == MULTIPLE_CIPHERS || this == MULTIPLE_CIPHERS_SQLCIPHER;
	}

}
