package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Dates and times: written as text in UTC, read from whatever SQLite's users keep. */
class DateTimeTests extends OnMemory {

	private static final Instant INSTANT = Instant.parse("2026-11-22T10:15:30.123Z");

	private final TimeZone zone = TimeZone.getDefault();

	@AfterEach
	void resetZone() {
		TimeZone.setDefault(this.zone);
	}

	private String stored(Object value) throws SQLException {
		return Sql.text(this.connection, "SELECT ?", value);
	}

	private <T> T read(Object value, Class<T> type) throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?")) {
			statement.setObject(1, value);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getObject(1, type);
			}
		}
	}

	@Test
	void everyClassIsWrittenInUtc() throws SQLException {
		String text = "2026-11-22 10:15:30.123";
		assertThat(stored(INSTANT)).isEqualTo(text);
		assertThat(stored(INSTANT.atOffset(ZoneOffset.ofHours(5)))).isEqualTo(text);
		assertThat(stored(INSTANT.atZone(ZoneId.of("Asia/Tokyo")))).isEqualTo(text);
		assertThat(stored(LocalDateTime.ofInstant(INSTANT, ZoneOffset.UTC))).isEqualTo(text);
		assertThat(stored(Timestamp.from(INSTANT))).isEqualTo(text);
		assertThat(stored(java.util.Date.from(INSTANT))).isEqualTo(text);
		assertThat(stored(GregorianCalendar.from(INSTANT.atZone(ZoneId.of("Asia/Tokyo"))))).isEqualTo(text);
		assertThat(stored(LocalDate.of(2026, 11, 22))).isEqualTo("2026-11-22");
		assertThat(stored(LocalTime.of(10, 15))).isEqualTo("10:15:00");
		assertThat(stored(OffsetTime.of(10, 15, 0, 5, ZoneOffset.ofHours(2)))).isEqualTo("08:15:00.000000005");
		assertThat(stored(Date.valueOf("2026-11-22"))).isEqualTo("2026-11-22");
		assertThat(stored(Time.valueOf("10:15:30"))).isEqualTo("10:15:30");
	}

	@Test
	void everyClassIsReadBack() throws SQLException {
		assertThat(read(INSTANT, Instant.class)).isEqualTo(INSTANT);
		assertThat(read(INSTANT, OffsetDateTime.class)).isEqualTo(INSTANT.atOffset(ZoneOffset.UTC));
		assertThat(read(INSTANT, ZonedDateTime.class)).isEqualTo(INSTANT.atZone(ZoneOffset.UTC));
		assertThat(read(INSTANT, LocalDateTime.class)).isEqualTo(LocalDateTime.ofInstant(INSTANT, ZoneOffset.UTC));
		assertThat(read(INSTANT, LocalDate.class)).isEqualTo(LocalDate.of(2026, 11, 22));
		assertThat(read(INSTANT, LocalTime.class)).isEqualTo(LocalTime.of(10, 15, 30, 123_000_000));
		assertThat(read(INSTANT, OffsetTime.class)).isEqualTo(OffsetTime.of(10, 15, 30, 123_000_000, ZoneOffset.UTC));
		assertThat(read(INSTANT, Timestamp.class)).isEqualTo(Timestamp.from(INSTANT));
		assertThat(read(INSTANT, java.util.Date.class).toInstant()).isEqualTo(INSTANT);
		assertThat(read(LocalTime.MIDNIGHT, LocalTime.class)).isEqualTo(LocalTime.MIDNIGHT);
		assertThat(read(LocalDate.of(9999, 12, 31), LocalDate.class)).isEqualTo(LocalDate.of(9999, 12, 31));
		assertThat(read(LocalDate.of(-44, 3, 15), LocalDate.class)).isEqualTo(LocalDate.of(-44, 3, 15));
	}

	@Test
	void nanosecondsAreKept() throws SQLException {
		Instant instant = Instant.parse("2026-11-22T10:15:30.123456789Z");
		assertThat(read(instant, Instant.class)).isEqualTo(instant);
		assertThat(read(Timestamp.from(instant), Timestamp.class)).isEqualTo(Timestamp.from(instant));
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland" })
	void instantsDoNotDependOnTheZoneOfTheJvm(String zoneId) throws SQLException {
		TimeZone.setDefault(TimeZone.getTimeZone(zoneId));
		assertThat(stored(Timestamp.from(INSTANT))).isEqualTo("2026-11-22 10:15:30.123");
		assertThat(read("2026-11-22 10:15:30.123", Timestamp.class)).isEqualTo(Timestamp.from(INSTANT));
		assertThat(read(Date.valueOf("2026-11-22"), Date.class)).isEqualTo(Date.valueOf("2026-11-22"));
		assertThat(read(Time.valueOf("23:59:59"), Time.class)).isEqualTo(Time.valueOf("23:59:59"));
		assertThat(stored(Date.valueOf("2026-11-22"))).isEqualTo("2026-11-22");
	}

	@ParameterizedTest
	@ValueSource(strings = { "2026-11-22 10:15:30.123", "2026-11-22T10:15:30.123", "2026-11-22T10:15:30.123Z",
			"2026-11-22T12:15:30.123+02:00", "2026-11-22 05:15:30.123-05:00", "2026-11-22 10:15:30.123 Z",
			"2026-11-22T10:15:30.123000" })
	void textsOfManyShapesAreRead(String text) throws SQLException {
		assertThat(read(text, Instant.class)).isEqualTo(INSTANT);
	}

	@Test
	void shorterTextsAreRead() throws SQLException {
		assertThat(read("2026-11-22 10:15", LocalDateTime.class)).isEqualTo(LocalDateTime.of(2026, 11, 22, 10, 15));
		assertThat(read("2026-11-22", LocalDateTime.class)).isEqualTo(LocalDateTime.of(2026, 11, 22, 0, 0));
		assertThat(read("10:15", LocalTime.class)).isEqualTo(LocalTime.of(10, 15));
	}

	@Test
	void currentTimestampOfSqliteIsNow() throws SQLException {
		Instant before = Instant.now().minusSeconds(5);
		try (ResultSet row = this.connection.createStatement().executeQuery("SELECT CURRENT_TIMESTAMP")) {
			row.next();
			assertThat(row.getObject(1, Instant.class)).isBetween(before, before.plusSeconds(3600));
		}
	}

	@Test
	void numbersAreReadAsTheOtherDriverWritesThem() throws SQLException {
		assertThat(read(INSTANT.toEpochMilli(), Instant.class)).isEqualTo(INSTANT);
		assertThat(read(INSTANT.getEpochSecond(), Instant.class)).isEqualTo(Instant.parse("2026-11-22T10:15:30Z"));
		assertThat(read(Sql.rows(this.connection, "SELECT julianday('2026-11-22 10:15:30.123')").get(0).get(0),
				Instant.class))
			.isEqualTo(INSTANT);
		try (Connection stock = Sql.stock(); PreparedStatement statement = stock.prepareStatement("SELECT ?")) {
			statement.setTimestamp(1, Timestamp.from(INSTANT));
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				assertThat(read(row.getLong(1), Timestamp.class)).isEqualTo(Timestamp.from(INSTANT));
			}
		}
	}

	@Test
	void calendarDecidesTheDay() throws SQLException {
		Calendar tokyo = Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?, ?")) {
			statement.setDate(1, new Date(Instant.parse("2026-11-22T20:00:00Z").toEpochMilli()), tokyo);
			statement.setTime(2, new Time(Instant.parse("1970-01-01T20:00:00Z").toEpochMilli()), tokyo);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				assertThat(row.getString(1)).isEqualTo("2026-11-23");
				assertThat(row.getString(2)).isEqualTo("05:00:00");
				assertThat(row.getDate(1, tokyo).getTime())
					.isEqualTo(Instant.parse("2026-11-22T15:00:00Z").toEpochMilli());
			}
		}
	}

	@Test
	void declaredTypeDecidesTheClass() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE t (d DATE, t TIME, ts TIMESTAMP, dt DATETIME)");
		Sql.update(this.connection, "INSERT INTO t VALUES (?, ?, ?, ?)", LocalDate.of(2026, 11, 22),
				LocalTime.of(10, 15), INSTANT, INSTANT.toEpochMilli());
		assertThat(Sql.rows(this.connection, "SELECT * FROM t").get(0)).containsExactly(Date.valueOf("2026-11-22"),
				Time.valueOf("10:15:00"), Timestamp.from(INSTANT), Timestamp.from(INSTANT));
		Sql.update(this.connection, "UPDATE t SET d = 'someday', t = 'noon', ts = -1.5, dt = ''");
		assertThat(Sql.rows(this.connection, "SELECT * FROM t").get(0)).containsExactly("someday", "noon", -1.5, "");
	}

	@Test
	void textsInOrderAreInOrderOfTime() throws SQLException {
		assertThat(stored(Instant.parse("2026-11-22T10:15:30Z"))).isLessThan(stored(INSTANT));
		assertThat(stored(INSTANT)).isLessThan(stored(INSTANT.plusNanos(1)));
	}

}
