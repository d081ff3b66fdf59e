package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;

/**
 * Dates and times as SQLite keeps them (https://www.sqlite.org/lang_datefunc.html).
 * <p>
 * Written are texts in UTC, {@code YYYY-MM-DD HH:MM:SS} with a fraction of up to nine
 * digits where there is one: what SQLite's own functions and {@code CURRENT_TIMESTAMP}
 * make, so that values of both sources compare right. Without a zone's letter behind a
 * fraction of varying length their order as texts is their order in time.
 * <p>
 * Read are such texts, with {@code T} and with a zone too; a REAL as a Julian day; an
 * INTEGER as seconds since 1970, or as milliseconds where it is too large for that.
 */
final class DateTimes {

	/** Seconds up to the year 5138; in milliseconds that is March 1973. */
	private static final long LARGEST_SECONDS = 100_000_000_000L;

	/** Some 270,000 years from 1970: what is beyond is no time that anyone meant. */
	private static final long LARGEST_MILLIS = 8_640_000_000_000_000L;

	/** Julian day of 1970-01-01T00:00Z, and the last day that SQLite knows. */
	private static final double UNIX_EPOCH_JULIAN = 2440587.5;

	private static final double LAST_JULIAN = 5373484.5;

	private static final long NANOS_PER_DAY = 86_400_000_000_000L;

	private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder().appendPattern("HH:mm:ss")
		.appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
		.toFormatter();

	private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder()
		.append(DateTimeFormatter.ISO_LOCAL_DATE)
		.appendLiteral(' ')
		.append(TIME)
		.toFormatter();

	private static final DateTimeFormatter ANY_TIME = new DateTimeFormatterBuilder().appendPattern("HH:mm[:ss")
		.appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
		.appendPattern("]")
		.toFormatter();

	private static final DateTimeFormatter ANY_DATE_TIME = new DateTimeFormatterBuilder().parseCaseInsensitive()
		.append(DateTimeFormatter.ISO_LOCAL_DATE)
		.appendPattern("[['T'][' ']")
		.append(ANY_TIME)
		.appendPattern("[ ][XXX][X]]")
		.toFormatter();

	private DateTimes() {
	}

	static String text(LocalDate date) {
		return DateTimeFormatter.ISO_LOCAL_DATE.format(date);
	}

	static String text(LocalTime time) {
		return TIME.format(time);
	}

	/** A date and time without a zone is taken as UTC. */
	static String text(LocalDateTime dateTime) {
		return DATE_TIME.format(dateTime);
	}

	static String text(Instant instant) {
		return text(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
	}

	/** Reads a text; a time alone is of 1970-01-01, as JDBC has it. */
	static LocalDateTime parse(String text) throws SQLException {
		String trimmed = text.trim();
		try {
			return (trimmed.indexOf(':') > 0 && trimmed.indexOf('-') < 0)
					? LocalTime.parse(trimmed, ANY_TIME).atDate(LocalDate.EPOCH) : dateTime(trimmed);
		}
		catch (DateTimeException ex) {
			throw SqlState.INVALID_CONVERSION.exception("'" + text + "' is not a date or time. Expected is ISO-8601, "
					+ "such as 2026-11-22, 10:15:00 or 2026-11-22 10:15:00.123", 0, ex);
		}
	}

	private static LocalDateTime dateTime(String text) {
		TemporalAccessor parsed = ANY_DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from,
				LocalDate::from);
		if (parsed instanceof OffsetDateTime withOffset) {
			return withOffset.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
		}
		return (parsed instanceof LocalDate date) ? date.atStartOfDay() : (LocalDateTime) parsed;
	}

	/**
	 * Reads a text as an instant: without a zone in UTC, a date alone as its beginning.
	 */
	static Instant instant(String text) throws SQLException {
		try {
			return dateTime(text.trim()).toInstant(ZoneOffset.UTC);
		}
		catch (DateTimeException ex) {
			throw SqlState.INVALID_DATETIME.exception("'" + text + "' is not a time. Expected is ISO-8601, such as "
					+ "2026-11-22T10:15:00Z, 2026-11-22 10:15:00.123 (UTC) or 2026-11-22", 0, ex);
		}
	}

	static LocalDateTime ofInteger(long value) throws SQLException {
		if (value > LARGEST_MILLIS || value < -LARGEST_MILLIS) {
			throw SqlState.INVALID_CONVERSION.exception(value + " is neither a time in seconds nor in milliseconds");
		}
		Instant instant = (Math.abs(value) < LARGEST_SECONDS) ? Instant.ofEpochSecond(value)
				: Instant.ofEpochMilli(value);
		return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
	}

	/** SQLite counts Julian days in milliseconds, and so do we. */
	static LocalDateTime ofReal(double value) throws SQLException {
		if (!(value >= 0 && value < LAST_JULIAN)) {
			throw SqlState.INVALID_CONVERSION.exception(value + " is not a Julian day");
		}
		double days = value - UNIX_EPOCH_JULIAN;
		return LocalDateTime.ofInstant(Instant.ofEpochMilli(Math.round(days * (NANOS_PER_DAY / 1_000_000))),
				ZoneOffset.UTC);
	}

}
