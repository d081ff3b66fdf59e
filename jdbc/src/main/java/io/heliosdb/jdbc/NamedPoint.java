package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Locale;

import io.heliosdb.jdbc.sql.TimeTravelSql.Kind;

/**
 * A point of the past by the name that the user gave it.
 *
 * @param kind what the name is
 * @param value the SCN; the time in microseconds since 1970 UTC; the tag; {@code null}
 * for a kind without a name
 */
record NamedPoint(Kind kind, Object value) {

	/** What names a point by its number in {@code as_of}. */
	static final String SCN_PREFIX = "scn:";

	static final String TAG_PREFIX = "tag:";

	private static final long MICROS_PER_SECOND = 1_000_000;

	/**
	 * A point whose name is an SQL value.
	 * @param kind what the name is
	 * @param value the value: {@code Long}, {@code Double}, {@code String},
	 * {@code byte[]} or {@code null}
	 * @return the point
	 * @throws SQLException if such a value cannot name it
	 */
	static NamedPoint of(Kind kind, Object value) throws SQLException {
		return switch (kind) {
			case SCN -> {
				if (!(value instanceof Long)) {
					throw SqlState.INVALID_PARAMETER_VALUE
						.exception("AS OF SCN needs an integer, and " + described(value) + " is none");
				}
				yield new NamedPoint(kind, value);
			}
			case TAG -> {
				if (!(value instanceof String)) {
					throw SqlState.INVALID_PARAMETER_VALUE
						.exception("AS OF TAG needs the tag's name as a text, and " + described(value) + " is none");
				}
				yield new NamedPoint(kind, value);
			}
			case TIMESTAMP -> {
				if (!(value instanceof String text)) {
					throw SqlState.INVALID_DATETIME.exception("AS OF TIMESTAMP needs a time in ISO-8601, such as "
							+ "2026-11-22T10:15:00Z, and " + described(value) + " is none. A number becomes one by "
							+ "datetime(<number>, 'unixepoch') or, a Julian day, by datetime(<number>)");
				}
				yield new NamedPoint(kind, micros(text));
			}
			default -> new NamedPoint(kind, null);
		};
	}

	private static String described(Object value) {
		return (value instanceof String text) ? "'" + text + "'"
				: (value instanceof byte[]) ? "a blob" : (value != null) ? value.toString() : "NULL";
	}

	/**
	 * Reads the connection parameter {@code as_of}.
	 * @param text an ISO-8601 instant, {@code scn:<n>} or {@code tag:<name>}
	 * @return the point
	 * @throws SQLException if it is none of these
	 */
	static NamedPoint parse(String text) throws SQLException {
		if (text.startsWith(TAG_PREFIX) && text.length() > TAG_PREFIX.length()) {
			return new NamedPoint(Kind.TAG, text.substring(TAG_PREFIX.length()));
		}
		if (text.matches(SCN_PREFIX + "\\d{1,18}")) {
			return new NamedPoint(Kind.SCN, Long.valueOf(text.substring(SCN_PREFIX.length())));
		}
		try {
			return new NamedPoint(Kind.TIMESTAMP, micros(text));
		}
		catch (SQLException ex) {
			SQLException failure = ConnectionProperty.AS_OF.invalid(text,
					"an ISO-8601 instant such as 2026-11-22T10:15:00Z, scn:<n> or tag:<name>");
			failure.addSuppressed(ex);
			throw failure;
		}
	}

	/**
	 * What is finer than a microsecond is cut off: a commit at that time is not later.
	 */
	private static long micros(String text) throws SQLException {
		Instant instant = DateTimes.instant(text);
		try {
			return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND),
					instant.getNano() / 1000);
		}
		catch (ArithmeticException ex) {
			throw SqlState.INVALID_DATETIME.exception("'" + text + "' is too far away to be a point", 0, ex);
		}
	}

	/**
	 * Whether it is the same point for ever. Of a time that is so once the engine has
	 * been asked for it: no later commit gets a time that is not later.
	 */
	boolean isFixed() {
		return this.kind == Kind.SCN || this.kind == Kind.TIMESTAMP;
	}

	/** What the engine calls this kind. */
	String engineKind() {
		return this.kind.name().toLowerCase(Locale.ROOT);
	}

}
