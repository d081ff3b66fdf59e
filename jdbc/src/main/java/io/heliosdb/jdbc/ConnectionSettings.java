package io.heliosdb.jdbc;

import java.io.File;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JDBC URL with its parameters, checked and in the types that the driver works with.
 * Immutable.
 */
final class ConnectionSettings {

	static final String PREFIX = "jdbc:heliosdb:";

	private static final String PRIVATE_MEMORY = ":memory:";

	private static final String SHARED_MEMORY = "mem:";

	private static final String FOR_EVER = "off";

	private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");

	/** What SQLite can count in milliseconds. */
	private static final Duration LONGEST_BUSY_TIMEOUT = Duration.ofDays(24);

	/** Where the database is. */
	enum Location {

		FILE, PRIVATE_MEMORY, SHARED_MEMORY

	}

	private final Location location;

	/**
	 * A file's absolute path, the name of a shared memory database, or {@code :memory:}.
	 */
	private final String name;

	private final Map<ConnectionProperty, String> values;

	/** Null without encryption. */
	private final KeySource keySource;

	private final Duration busyTimeout;

	private final long cacheBytes;

	private final long encryptionCacheBytes;

	private final Duration historyRetention;

	private final long historyMaxBytes;

	private final long historyMaxWalBytes;

	private final NamedPoint asOf;

	private final Long vectorBeam;

	private ConnectionSettings(Location location, String name, Map<ConnectionProperty, String> values,
			KeySource keySource) throws SQLException {
		this.location = location;
		this.name = name;
		this.values = values;
		this.keySource = keySource;
		this.busyTimeout = duration(ConnectionProperty.BUSY_TIMEOUT, value(ConnectionProperty.BUSY_TIMEOUT));
		if (this.busyTimeout.compareTo(LONGEST_BUSY_TIMEOUT) > 0) {
			throw ConnectionProperty.BUSY_TIMEOUT.invalid(value(ConnectionProperty.BUSY_TIMEOUT),
					"at most " + LONGEST_BUSY_TIMEOUT.toDays() + "d");
		}
		this.cacheBytes = size(ConnectionProperty.CACHE_SIZE, value(ConnectionProperty.CACHE_SIZE));
		this.encryptionCacheBytes = size(ConnectionProperty.ENCRYPTION_CACHE_SIZE,
				value(ConnectionProperty.ENCRYPTION_CACHE_SIZE));
		this.historyRetention = retention();
		this.historyMaxBytes = bound(ConnectionProperty.HISTORY_MAX_SIZE, null, "; history=off keeps no history");
		this.historyMaxWalBytes = bound(ConnectionProperty.HISTORY_MAX_WAL, FOR_EVER, ", or off for no bound");
		String point = value(ConnectionProperty.AS_OF);
		this.asOf = (point != null) ? NamedPoint.parse(point) : null;
		this.vectorBeam = vectorBeam(value(ConnectionProperty.VECTOR_BEAM));
	}

	/** Null for the index's own default. */
	static Long vectorBeam(String text) throws SQLException {
		if (text.equalsIgnoreCase(ConnectionProperty.VECTOR_BEAM.defaultValue())) {
			return null;
		}
		if (!text.matches("0*[1-9]\\d{0,8}")) {
			throw ConnectionProperty.VECTOR_BEAM.invalid(text, "a number from 1 to 999999999, or default");
		}
		return Long.valueOf(text);
	}

	private Duration retention() throws SQLException {
		String text = value(ConnectionProperty.HISTORY_RETENTION);
		if (FOR_EVER.equals(text)) {
			return Duration.ZERO;
		}
		Duration retention = duration(ConnectionProperty.HISTORY_RETENTION, text);
		if (retention.isZero()) {
			throw ConnectionProperty.HISTORY_RETENTION.invalid(text,
					"a duration that is not zero, or off to keep history for ever; history=off keeps none");
		}
		return retention;
	}

	/**
	 * A bound of the history's.
	 * @param none how its absence is written, {@code null} if it is then not there
	 * @param otherwise what else there is, for the message
	 * @return bytes, 0 for no bound
	 */
	private long bound(ConnectionProperty property, String none, String otherwise) throws SQLException {
		String text = value(property);
		if (Objects.equals(text, none)) {
			return 0;
		}
		long bytes = size(property, text);
		if (bytes == 0) {
			throw property.invalid(text, "a size that is not zero" + otherwise);
		}
		return bytes;
	}

	/**
	 * Reads a URL.
	 * @param url the URL, which starts with {@link #PREFIX}
	 * @param properties further parameters; those that are no connection parameter, such
	 * as {@code user}, have no meaning for an embedded database and are passed over
	 * @return the settings
	 * @throws SQLException if anything in it is not valid
	 */
	static ConnectionSettings parse(String url, Properties properties) throws SQLException {
		return parse(url, properties, null);
	}

	/**
	 * Reads a URL.
	 * @param url as for {@link #parse(String, Properties)}
	 * @param properties as for {@link #parse(String, Properties)}
	 * @param keys provides the encryption key, {@code null} if a parameter does or there
	 * is none
	 * @return the settings
	 * @throws SQLException if anything in it is not valid
	 */
	static ConnectionSettings parse(String url, Properties properties, EncryptionKeyProvider keys) throws SQLException {
		if (!url.startsWith(PREFIX)) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("Not a HeliosDB URL: it must start with " + PREFIX);
		}
		int question = url.indexOf('?');
		String target = url.substring(PREFIX.length(), (question >= 0) ? question : url.length());
		Map<ConnectionProperty, String> values = new EnumMap<>(ConnectionProperty.class);
		for (ConnectionProperty property : ConnectionProperty.values()) {
			String value = properties.getProperty(property.key());
			if (value != null) {
				values.put(property, property.check(value));
			}
		}
		if (question >= 0 && question < url.length() - 1) {
			for (String parameter : url.substring(question + 1).split("&")) {
				int equals = parameter.indexOf('=');
				String key = (equals >= 0) ? parameter.substring(0, equals) : parameter;
				ConnectionProperty property = ConnectionProperty.of(decode(key));
				if (equals < 0) {
					throw property.invalid("", "a value, as in " + property.key() + "=…");
				}
				values.put(property, property.check(decode(parameter.substring(equals + 1))));
			}
		}
		return of(target, values, KeySource.takeFrom(values, keys));
	}

	private static ConnectionSettings of(String target, Map<ConnectionProperty, String> values, KeySource keySource)
			throws SQLException {
		if (target.isEmpty()) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The URL names no database. Use " + PREFIX + "<file>, "
					+ PREFIX + PRIVATE_MEMORY + " or " + PREFIX + SHARED_MEMORY + "<name>");
		}
		if (target.equals(PRIVATE_MEMORY)) {
			return new ConnectionSettings(Location.PRIVATE_MEMORY, target, values, keySource);
		}
		if (target.startsWith(SHARED_MEMORY)) {
			if (target.length() == SHARED_MEMORY.length()) {
				throw SqlState.INVALID_PARAMETER_VALUE.exception("The URL names no memory database. Use " + PREFIX
						+ SHARED_MEMORY + "<name>, or " + PREFIX + PRIVATE_MEMORY + " for a private one");
			}
			return new ConnectionSettings(Location.SHARED_MEMORY, target.substring(SHARED_MEMORY.length()), values,
					keySource);
		}
		return new ConnectionSettings(Location.FILE, realPath(target), values, keySource);
	}

	/** One file has one name, whichever links lead to it. */
	private static String realPath(String target) throws SQLException {
		try {
			Path path = Path.of(expandHome(target)).toAbsolutePath().normalize();
			Path existing = path;
			while (existing != null && !Files.exists(existing)) {
				existing = existing.getParent();
			}
			return (existing == null) ? path.toString()
					: existing.toRealPath().resolve(existing.relativize(path)).normalize().toString();
		}
		catch (InvalidPathException | IOException ex) {
			throw SqlState.CANNOT_OPEN.exception("The path of the database '" + target + "' cannot be resolved: " + ex,
					SqliteError.CANTOPEN, ex);
		}
	}

	static String expandHome(String path) {
		return (path.equals("~") || path.startsWith("~/")) ? System.getProperty("user.home") + path.substring(1) : path;
	}

	private static String decode(String text) {
		return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
	}

	private static Duration duration(ConnectionProperty property, String value) throws SQLException {
		Matcher matcher = QUANTITY.matcher(value);
		if (matcher.matches()) {
			long amount = Long.parseLong(matcher.group(1));
			try {
				switch (matcher.group(2)) {
					case "", "ms":
						return Duration.ofMillis(amount);
					case "s":
						return Duration.ofSeconds(amount);
					case "m":
						return Duration.ofMinutes(amount);
					case "h":
						return Duration.ofHours(amount);
					case "d":
						return Duration.ofDays(amount);
					default:
				}
			}
			catch (ArithmeticException ex) {
				throw property.invalid(value, "a shorter duration");
			}
		}
		throw property.invalid(value, "a duration: a number and ms, s, m, h or d, such as 500ms or 5s");
	}

	private static long size(ConnectionProperty property, String value) throws SQLException {
		Matcher matcher = QUANTITY.matcher(value);
		if (matcher.matches()) {
			int shift = switch (matcher.group(2)) {
				case "", "B" -> 0;
				case "KB" -> 10;
				case "MB" -> 20;
				case "GB" -> 30;
				case "TB" -> 40;
				default -> -1;
			};
			long amount = Long.parseLong(matcher.group(1));
			if (shift >= 0 && amount <= Long.MAX_VALUE >> shift) {
				return amount << shift;
			}
		}
		throw property.invalid(value, "a size: a number and B, KB, MB, GB or TB, such as 64MB");
	}

	private String value(ConnectionProperty property) {
		return this.values.getOrDefault(property, property.defaultValue());
	}

	Location location() {
		return this.location;
	}

	String name() {
		return this.name;
	}

	/** What names the database among those of this JVM. */
	String key() {
		return displayName();
	}

	/** The file's path, {@code mem:<name>} or {@code :memory:}: nothing secret. */
	String displayName() {
		return (this.location == Location.SHARED_MEMORY) ? SHARED_MEMORY + this.name : this.name;
	}

	/** The last part of the name, for metrics. */
	String shortName() {
		Path file = (this.location == Location.FILE) ? Path.of(this.name).getFileName() : null;
		return (file != null) ? file.toString() : this.name;
	}

	boolean isReadOnly() {
		return "true".equals(value(ConnectionProperty.READ_ONLY));
	}

	boolean isImmediate() {
		return "immediate".equals(value(ConnectionProperty.TRANSACTION_MODE));
	}

	boolean hasForeignKeys() {
		return "on".equals(value(ConnectionProperty.FOREIGN_KEYS));
	}

	String synchronous() {
		return value(ConnectionProperty.SYNCHRONOUS);
	}

	/** How much of a vector index a search looks at, null for its own default. */
	Long vectorBeam() {
		return this.vectorBeam;
	}

	Duration busyTimeout() {
		return this.busyTimeout;
	}

	long cacheBytes() {
		return this.cacheBytes;
	}

	/** How much memory the decrypted pages may take that all connections share. */
	long encryptionCacheBytes() {
		return this.encryptionCacheBytes;
	}

	/** Whether history is to be kept, where the database can have one. */
	boolean wantsHistory() {
		return "on".equals(value(ConnectionProperty.HISTORY));
	}

	/** How far back history is kept; zero for ever. */
	Duration historyRetention() {
		return this.historyRetention;
	}

	/** Largest size of the history; 0 for none. */
	long historyMaxBytes() {
		return this.historyMaxBytes;
	}

	/** Longest WAL of a history that cannot be written; 0 for no bound. */
	long historyMaxWalBytes() {
		return this.historyMaxWalBytes;
	}

	/** The point that the connection reads the database at, null for the present. */
	NamedPoint asOf() {
		return this.asOf;
	}

	/** The same settings for the past. */
	ConnectionSettings asOf(long scn) throws SQLException {
		Map<ConnectionProperty, String> changed = new EnumMap<>(ConnectionProperty.class);
		changed.putAll(this.values);
		changed.put(ConnectionProperty.AS_OF, NamedPoint.SCN_PREFIX + scn);
		return new ConnectionSettings(this.location, this.name, changed, this.keySource);
	}

	/** Where the database's key comes from, null without encryption. */
	KeySource keySource() {
		return this.keySource;
	}

	/** The same settings with another key. */
	ConnectionSettings withKey(KeySource other) throws SQLException {
		return new ConnectionSettings(this.location, this.name, this.values, other);
	}

	/**
	 * The file as a URI (https://www.sqlite.org/uri.html).
	 * @param parameters parameters of the URI
	 * @return the URI
	 */
	String uri(String parameters) {
		String path = (File.separatorChar == '/') ? this.name : "/" + this.name.replace(File.separatorChar, '/');
		StringBuilder uri = new StringBuilder("file:");
		for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
			char c = (char) (octet & 0xff);
			if (c < 0x80 && (Character.isLetterOrDigit(c) || "/-._~:".indexOf(c) >= 0)) {
				uri.append(c);
			}
			else {
				uri.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
			}
		}
		return uri.append('?').append(parameters).toString();
	}

	Path nativeDirectory() {
		return Path.of(expandHome(value(ConnectionProperty.NATIVE_DIRECTORY)));
	}

	/**
	 * Settings that hold for the whole database, so that all its connections must agree
	 * on them.
	 * @param other settings of another connection
	 * @return the first parameter they differ in, {@code null} if there is none
	 */
	ConnectionProperty conflictWith(ConnectionSettings other) {
		for (ConnectionProperty property : new ConnectionProperty[] { ConnectionProperty.HISTORY,
				ConnectionProperty.HISTORY_RETENTION, ConnectionProperty.HISTORY_MAX_SIZE,
				ConnectionProperty.HISTORY_MAX_WAL, ConnectionProperty.ENCRYPTION_CACHE_SIZE }) {
			if (!Objects.equals(value(property), other.value(property))) {
				return property;
			}
		}
		return null;
	}

}
