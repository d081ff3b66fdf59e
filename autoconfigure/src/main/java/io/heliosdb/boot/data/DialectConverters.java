package io.heliosdb.boot.data;

import java.sql.JDBCType;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.List;

import org.springframework.core.convert.converter.Converter;
import org.springframework.data.convert.ReadingConverter;
import org.springframework.data.convert.WritingConverter;
import org.springframework.data.jdbc.core.mapping.JdbcValue;

/**
 * Conversions for what SQLite has no type for: truth is 0 or 1, and dates and times are
 * text, in UTC as the driver writes them. Spring Data's own converters make a timestamp
 * in the machine's zone of everything but an {@link Instant}, and read no text, which is
 * what columns hold that are declared as TEXT.
 */
final class DialectConverters {

	private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder().parseCaseInsensitive()
		.append(DateTimeFormatter.ISO_LOCAL_DATE)
		.appendPattern("[['T'][' ']")
		.append(DateTimeFormatter.ISO_LOCAL_TIME)
		.appendPattern("[ ][XXX][X]]")
		.toFormatter();

	private DialectConverters() {
	}

	private static LocalDateTime utc(String text) {
		TemporalAccessor parsed = DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
		if (parsed instanceof OffsetDateTime withOffset) {
			return withOffset.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
		}
		return (parsed instanceof LocalDate date) ? date.atStartOfDay() : (LocalDateTime) parsed;
	}

	static List<Object> all() {
		return List.of(LocalDateToDate.INSTANCE, LocalTimeToTime.INSTANCE, NumberToBoolean.INSTANCE,
				TimestampToLocalDateTime.INSTANCE, TimestampToOffsetDateTime.INSTANCE, TextToInstant.INSTANCE,
				TextToLocalDateTime.INSTANCE, TextToOffsetDateTime.INSTANCE, TextToLocalDate.INSTANCE,
				TextToLocalTime.INSTANCE);
	}

	@WritingConverter
	enum LocalDateToDate implements Converter<LocalDate, JdbcValue> {

		INSTANCE;

		@Override
		public JdbcValue convert(LocalDate source) {
			return JdbcValue.of(source, JDBCType.DATE);
		}

	}

	@WritingConverter
	enum LocalTimeToTime implements Converter<LocalTime, JdbcValue> {

		INSTANCE;

		@Override
		public JdbcValue convert(LocalTime source) {
			return JdbcValue.of(source, JDBCType.TIME);
		}

	}

	@ReadingConverter
	enum NumberToBoolean implements Converter<Number, Boolean> {

		INSTANCE;

		@Override
		public Boolean convert(Number source) {
			return source.doubleValue() != 0;
		}

	}

	@ReadingConverter
	enum TimestampToLocalDateTime implements Converter<Timestamp, LocalDateTime> {

		INSTANCE;

		@Override
		public LocalDateTime convert(Timestamp source) {
			return LocalDateTime.ofInstant(source.toInstant(), ZoneOffset.UTC);
		}

	}

	@ReadingConverter
	enum TimestampToOffsetDateTime implements Converter<Timestamp, OffsetDateTime> {

		INSTANCE;

		@Override
		public OffsetDateTime convert(Timestamp source) {
			return source.toInstant().atOffset(ZoneOffset.UTC);
		}

	}

	@ReadingConverter
	enum TextToInstant implements Converter<String, Instant> {

		INSTANCE;

		@Override
		public Instant convert(String source) {
			return utc(source).toInstant(ZoneOffset.UTC);
		}

	}

	@ReadingConverter
	enum TextToLocalDateTime implements Converter<String, LocalDateTime> {

		INSTANCE;

		@Override
		public LocalDateTime convert(String source) {
			return utc(source);
		}

	}

	@ReadingConverter
	enum TextToOffsetDateTime implements Converter<String, OffsetDateTime> {

		INSTANCE;

		@Override
		public OffsetDateTime convert(String source) {
			return utc(source).atOffset(ZoneOffset.UTC);
		}

	}

	@ReadingConverter
	enum TextToLocalDate implements Converter<String, LocalDate> {

		INSTANCE;

		@Override
		public LocalDate convert(String source) {
			return utc(source).toLocalDate();
		}

	}

	@ReadingConverter
	enum TextToLocalTime implements Converter<String, LocalTime> {

		INSTANCE;

		@Override
		public LocalTime convert(String source) {
			return LocalTime.parse(source);
		}

	}

}
