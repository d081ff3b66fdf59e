package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.heliosdb.jdbc.sql.TimeTravelSql.Kind;

/**
 * A point in the history of a database: a moment, a commit by its number (SCN), a tag,
 * the newest commit or the oldest that can still be read. It says which point is meant,
 * not whether the database has it; {@link TimeTravel#resolve} finds out. Immutable.
 */
public final class PointInTime {

	private static final String NOW_TEXT = "now";

	private static final String OLDEST_TEXT = "oldest";

	private static final PointInTime NOW = new PointInTime(new NamedPoint(Kind.NOW, null));

	private static final PointInTime OLDEST = new PointInTime(new NamedPoint(Kind.OLDEST, null));

	private final NamedPoint point;

	private PointInTime(NamedPoint point) {
		this.point = point;
	}

	/**
	 * The last commit at or before a moment.
	 * @param instant the moment; what it has beyond microseconds is cut off
	 * @return the point
	 */
	public static PointInTime of(Instant instant) {
		return new PointInTime(new NamedPoint(Kind.TIMESTAMP, micros(instant)));
	}

	/**
	 * The last commit at or before a moment that is so long ago.
	 * @param age how long ago, not negative
	 * @return the point, counted from the time of this call
	 */
	public static PointInTime ago(Duration age) {
		if (age.isNegative()) {
			throw new IllegalArgumentException("A point of the past cannot be " + age + " ago: give a positive time");
		}
		return of(Clock.systemUTC().instant().minus(age));
	}

	/**
	 * A commit by its number.
	 * @param scn the system change number
	 * @return the point
	 */
	public static PointInTime scn(long scn) {
		return new PointInTime(new NamedPoint(Kind.SCN, scn));
	}

	/**
	 * The commit that has a tag.
	 * @param name the tag's name
	 * @return the point
	 */
	public static PointInTime tag(String name) {
		return new PointInTime(new NamedPoint(Kind.TAG, Objects.requireNonNull(name, "name")));
	}

	/**
	 * The newest commit.
	 * @return the point
	 */
	public static PointInTime now() {
		return NOW;
	}

	/**
	 * The oldest point that can still be read.
	 * @return the point
	 */
	public static PointInTime oldest() {
		return OLDEST;
	}

	/**
	 * Reads a point as the connection parameter {@code as_of} has it: {@code scn:42},
	 * {@code tag:before-import}, or an ISO-8601 date and time, which is UTC without an
	 * offset; also {@code now} and {@code oldest}. Any other text that does not start
	 * with a digit is the name of a tag.
	 * @param text the text
	 * @return the point
	 * @throws SQLException if it starts like a number or a time and is none
	 */
	public static PointInTime parse(String text) throws SQLException {
		String trimmed = text.trim();
		if (trimmed.equalsIgnoreCase(NOW_TEXT)) {
			return NOW;
		}
		if (trimmed.equalsIgnoreCase(OLDEST_TEXT)) {
			return OLDEST;
		}
		boolean named = trimmed.startsWith(NamedPoint.SCN_PREFIX) || trimmed.startsWith(NamedPoint.TAG_PREFIX);
		if (!named && !trimmed.isEmpty() && !Character.isDigit(trimmed.charAt(0))) {
			return tag(trimmed);
		}
		try {
			return new PointInTime(NamedPoint.parse(trimmed));
		}
		catch (SQLException ex) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("'" + text + "' is not a point in time. Expected is a "
					+ "time such as 2026-11-22T10:15:00Z, scn:<number>, tag:<name>, now or oldest", 0, ex);
		}
	}

	NamedPoint point() {
		return this.point;
	}

	/** Microseconds since 1970; the first or last that a long can count, if it cannot. */
	private static long micros(Instant instant) {
		long micros = TimeUnit.SECONDS.toMicros(instant.getEpochSecond());
		return (micros == Long.MIN_VALUE || micros == Long.MAX_VALUE) ? micros
				: micros + TimeUnit.NANOSECONDS.toMicros(instant.getNano());
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof PointInTime that && that.point.equals(this.point);
	}

	@Override
	public int hashCode() {
		return this.point.hashCode();
	}

	/** The form that {@link #parse} reads. */
	@Override
	public String toString() {
		return switch (this.point.kind()) {
			case NOW -> NOW_TEXT;
			case OLDEST -> OLDEST_TEXT;
			case TIMESTAMP -> Instant.EPOCH.plus((Long) this.point.value(), ChronoUnit.MICROS).toString();
			case SCN -> NamedPoint.SCN_PREFIX + this.point.value();
			case TAG -> NamedPoint.TAG_PREFIX + this.point.value();
		};
	}

}
