package io.heliosdb.jdbc;

import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every parameter of a {@code jdbc:heliosdb:} URL. Each may also be given as a connection
 * property; the URL wins.
 */
public enum ConnectionProperty {

	/** Whether history is kept for time travel. */
	HISTORY("on", "keep history for time travel", "on", "off"),

	/** How far back history is kept; {@code off} keeps it for ever. */
	HISTORY_RETENTION("30d", "how far back history is kept (off: for ever)"),

	/** Upper bound of the history's size on disk. */
	HISTORY_MAX_SIZE(null, "cap on the history file, such as 10GB"),

	/**
	 * How long the write-ahead log may grow while the history cannot be written, before
	 * the history begins anew; {@code off} for as long as the disk lasts.
	 */
	HISTORY_MAX_WAL("1GB",
			"longest write-ahead log while history cannot be written, then it begins anew (off: no cap)"),

	/** Opens the whole connection at a point of the past, read-only. */
	AS_OF(null, "read the past: an ISO-8601 instant, scn:<n> or tag:<name>"),

	/** Raw encryption key: 64 hexadecimal digits or base64 of 32 bytes. */
	KEY(null, "encryption key: 64 hexadecimal digits or base64"),

	/** File that holds the encryption key: its 32 bytes, or as {@link #KEY} has it. */
	KEY_FILE(null, "file that holds the encryption key"),

	/** Passphrase that the encryption key is derived from. */
	PASSPHRASE(null, "passphrase that the encryption key is derived from"),

	/** Decrypted pages that all connections of an encrypted database share. */
	ENCRYPTION_CACHE_SIZE("16MB",
			"decrypted pages that the connections of an encrypted database share, such as 16MB (0: none)"),

	/** Opens the database for reading only. */
	READ_ONLY("false", "open the database for reading only", "true", "false"),

	/** How a read-write transaction begins. */
	TRANSACTION_MODE("immediate", "how a read-write transaction begins", "immediate", "deferred"),

	/** Longest wait for the writer. */
	BUSY_TIMEOUT("5s", "longest wait for the writer, such as 5s or 500ms"),

	/** Which commits survive a loss of power. */
	SYNCHRONOUS("normal", "full: every commit survives power loss; normal: every commit survives a process crash",
			"normal", "full"),

	/** Page cache of one connection. */
	CACHE_SIZE("64MB", "page cache of a connection, such as 64MB"),

	/** How much of a vector index a search looks at. */
	VECTOR_BEAM("default", "how much of a vector index a search looks at: a number from 1 on, or default"),

	/** Whether foreign keys are enforced. */
	FOREIGN_KEYS("on", "enforce foreign keys", "on", "off"),

	/** Folder that the engine's binaries are extracted to. */
	NATIVE_DIRECTORY("~/.heliosdb/bin", "folder that the engine's binaries are extracted to");

	private static final Map<String, ConnectionProperty> BY_KEY = Arrays.stream(values())
		.collect(Collectors.toUnmodifiableMap(ConnectionProperty::key, Function.identity()));

	private final String key = name().toLowerCase(Locale.ROOT);

	private final String defaultValue;

	private final String description;

	private final String[] choices;

	ConnectionProperty(String defaultValue, String description, String... choices) {
		this.defaultValue = defaultValue;
		this.description = description;
		this.choices = choices;
	}

	/**
	 * The name as it stands in a URL, such as {@code busy_timeout}.
	 * @return the key
	 */
	public String key() {
		return this.key;
	}

	/**
	 * The value that holds if none is given.
	 * @return the default, {@code null} if there is none
	 */
	public String defaultValue() {
		return this.defaultValue;
	}

	/**
	 * What it means, in one line.
	 * @return the description
	 */
	public String description() {
		return this.description;
	}

	/**
	 * Finds a property by its key.
	 * @param key the name as it stands in a URL
	 * @return the property
	 * @throws SQLException if there is none of that name; the message names the nearest
	 */
	static ConnectionProperty of(String key) throws SQLException {
		ConnectionProperty property = BY_KEY.get(key);
		if (property == null) {
			String nearest = Arrays.stream(values())
				.map(ConnectionProperty::key)
				.min(Comparator.comparingInt((candidate) -> distance(candidate, key.toLowerCase(Locale.ROOT))))
				.orElseThrow();
			throw SqlState.INVALID_PARAMETER_VALUE.exception(
					"Unknown connection parameter '" + key + "'. Did you mean '" + nearest + "'? Known parameters: "
							+ Arrays.stream(values()).map(ConnectionProperty::key).collect(Collectors.joining(", ")));
		}
		return property;
	}

	/**
	 * Checks a value against the choices this property allows.
	 * @param value the value given
	 * @return the value in lower case if this property has choices, else as it is
	 * @throws SQLException if it is none of the choices
	 */
	String check(String value) throws SQLException {
		if (this.choices.length == 0) {
			return value;
		}
		String normalized = value.toLowerCase(Locale.ROOT);
		if (!Arrays.asList(this.choices).contains(normalized)) {
			throw invalid(value, "one of " + String.join(", ", this.choices));
		}
		return normalized;
	}

	SQLException invalid(String value, String expected) {
		return SqlState.INVALID_PARAMETER_VALUE
			.exception("Connection parameter '" + this.key + "' is '" + value + "'; expected " + expected);
	}

	/** A secret is not handed on. */
	DriverPropertyInfo toInfo(String value) {
		boolean secret = this == KEY || this == PASSPHRASE;
		DriverPropertyInfo info = new DriverPropertyInfo(this.key,
				(value != null && !secret) ? value : this.defaultValue);
		info.description = this.description;
		info.choices = (this.choices.length > 0) ? this.choices.clone() : null;
		return info;
	}

	/** Levenshtein's edit distance. */
	private static int distance(String a, String b) {
		int[] row = new int[b.length() + 1];
		for (int j = 0; j < row.length; j++) {
			row[j] = j;
		}
		for (int i = 1; i <= a.length(); i++) {
			int diagonal = row[0];
			row[0] = i;
			for (int j = 1; j <= b.length(); j++) {
				int substitution = diagonal + ((a.charAt(i - 1) == b.charAt(j - 1)) ? 0 : 1);
				diagonal = row[j];
				row[j] = Math.min(substitution, Math.min(row[j], row[j - 1]) + 1);
			}
		}
		return row[b.length()];
	}

}
