package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
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
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import io.heliosdb.engine.Rows;

/**
 * SQLite's values as Java's. All take a cursor on a row and a column's index from 0. A
 * NULL is for the caller to see to.
 */
final class Conversions {

	private static final Map<Class<?>, Converter<?>> CONVERTERS = Map.ofEntries(entry(String.class, Conversions::text),
			entry(Long.class, Conversions::integer), entry(Integer.class, (c, i) -> (int) inRange(c, i, Integer.SIZE)),
			entry(Short.class, (c, i) -> (short) inRange(c, i, Short.SIZE)),
			entry(Byte.class, (c, i) -> (byte) inRange(c, i, Byte.SIZE)), entry(Double.class, Conversions::real),
			entry(Float.class, (c, i) -> (float) real(c, i)), entry(Boolean.class, Conversions::bool),
			entry(BigDecimal.class, Conversions::decimal),
			entry(BigInteger.class, (c, i) -> decimal(c, i).toBigInteger()), entry(Number.class, Conversions::number),
			entry(byte[].class, Conversions::bytes), entry(float[].class, Conversions::vector),
			entry(UUID.class, Conversions::uuid), entry(LocalDateTime.class, Conversions::dateTime),
			entry(LocalDate.class, (c, i) -> dateTime(c, i).toLocalDate()),
			entry(LocalTime.class, (c, i) -> dateTime(c, i).toLocalTime()),
			entry(Instant.class, (c, i) -> dateTime(c, i).toInstant(ZoneOffset.UTC)),
			entry(OffsetDateTime.class, (c, i) -> dateTime(c, i).atOffset(ZoneOffset.UTC)),
			entry(ZonedDateTime.class, (c, i) -> dateTime(c, i).atZone(ZoneOffset.UTC)),
			entry(OffsetTime.class, (c, i) -> dateTime(c, i).toLocalTime().atOffset(ZoneOffset.UTC)),
			entry(Date.class, (c, i) -> date(c, i, null)), entry(Time.class, (c, i) -> time(c, i, null)),
			entry(Timestamp.class, Conversions::timestamp), entry(Blob.class, Conversions::blob),
			entry(Clob.class, Conversions::clob), entry(NClob.class, Conversions::clob),
			entry(InputStream.class, Conversions::stream), entry(RowId.class, (c, i) -> new JdbcRowId(integer(c, i))),
			entry(URL.class, Conversions::url), entry(Character.class, Conversions::character),
			entry(java.util.Date.class, Conversions::timestamp));

	private Conversions() {
	}

	private static <T> Map.Entry<Class<?>, Converter<?>> entry(Class<T> type, Converter<T> converter) {
		return Map.entry(type, converter);
	}

	static long integer(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.INTEGER -> cursor.longValue(column);
			case Rows.FLOAT -> truncated(cursor.doubleValue(column));
			default -> parseInteger(readableText(cursor, column, "a number"));
		};
	}

	/** An integer of so many bits. */
	static long inRange(Cursor cursor, int column, int bits) throws SQLException {
		long value = integer(cursor, column);
		int unused = Long.SIZE - bits;
		if (value << unused >> unused != value) {
			throw SqlState.NUMBER_OUT_OF_RANGE.exception("The value " + value + " of column " + name(cursor, column)
					+ " needs more than " + bits + " bits: read it as a long");
		}
		return value;
	}

	static double real(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.INTEGER -> cursor.longValue(column);
			case Rows.FLOAT -> cursor.doubleValue(column);
			default -> parseReal(readableText(cursor, column, "a number"));
		};
	}

	static boolean bool(Cursor cursor, int column) throws SQLException {
		switch (cursor.type(column)) {
			case Rows.INTEGER:
				return cursor.longValue(column) != 0;
			case Rows.FLOAT:
				return cursor.doubleValue(column) != 0;
			default:
				return parseBoolean(readableText(cursor, column, "a boolean"));
		}
	}

	private static boolean parseBoolean(String text) throws SQLException {
		return switch (text.trim().toLowerCase(Locale.ROOT)) {
			case "true", "t", "yes", "y", "on", "1" -> true;
			case "false", "f", "no", "n", "off", "0" -> false;
			default -> throw notConvertible(text, "a boolean", null);
		};
	}

	static BigDecimal decimal(Cursor cursor, int column) throws SQLException {
		switch (cursor.type(column)) {
			case Rows.INTEGER:
				return BigDecimal.valueOf(cursor.longValue(column));
			case Rows.FLOAT:
				double value = cursor.doubleValue(column);
				if (Double.isInfinite(value)) {
					throw notConvertible(Double.toString(value), "a BigDecimal", null);
				}
				return BigDecimal.valueOf(value);
			default:
				return parseDecimal(readableText(cursor, column, "a number"));
		}
	}

	private static Number number(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.INTEGER -> cursor.longValue(column);
			case Rows.FLOAT -> cursor.doubleValue(column);
			default -> decimal(cursor, column);
		};
	}

	/** Any value as text, as SQLite itself would cast it. */
	static String text(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.INTEGER -> Long.toString(cursor.longValue(column));
			case Rows.FLOAT -> Rows.realText(cursor.doubleValue(column));
			case Rows.TEXT -> cursor.text(column);
			default -> new String(cursor.bytes(column), StandardCharsets.UTF_8);
		};
	}

	static byte[] bytes(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.TEXT, Rows.BLOB -> cursor.bytes(column);
			default -> text(cursor, column).getBytes(StandardCharsets.UTF_8);
		};
	}

	/** The bytes, as {@link #bytes} has them, as they are wanted. */
	static InputStream stream(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.TEXT, Rows.BLOB -> cursor.stream(column);
			default -> new ByteArrayInputStream(bytes(cursor, column));
		};
	}

	/** A copy, so that it stays when its row is gone. */
	static JdbcBlob blob(Cursor cursor, int column) throws SQLException {
		LobBytes bytes = new LobBytes();
		try (InputStream stream = stream(cursor, column)) {
			bytes.readFrom(stream, Long.MAX_VALUE);
			return new JdbcBlob(bytes);
		}
		catch (IOException ex) {
			bytes.close();
			throw Lob.unreadable(ex);
		}
	}

	/** A copy, so that it stays when its row is gone. */
	static JdbcClob clob(Cursor cursor, int column) throws SQLException {
		try (InputStream stream = stream(cursor, column)) {
			return new JdbcClob(Lob.ofText(stream));
		}
		catch (IOException ex) {
			throw Lob.unreadable(ex);
		}
	}

	private static URL url(Cursor cursor, int column) throws SQLException {
		String text = text(cursor, column);
		try {
			return new URL(text);
		}
		catch (MalformedURLException ex) {
			throw notConvertible(text, "a URL", ex);
		}
	}

	private static Character character(Cursor cursor, int column) throws SQLException {
		String text = text(cursor, column);
		if (text.length() != 1) {
			throw notConvertible(text, "a single character", null);
		}
		return text.charAt(0);
	}

	/** Little-endian float32, or a text like {@code [0.1, 0.2]}. */
	private static float[] vector(Cursor cursor, int column) throws SQLException {
		if (cursor.type(column) == Rows.TEXT) {
			String text = cursor.text(column).trim();
			if (!text.startsWith("[") || !text.endsWith("]")) {
				throw notConvertible(text, "a vector", null);
			}
			String inner = text.substring(1, text.length() - 1).trim();
			String[] numbers = inner.isEmpty() ? new String[0] : inner.split(",", -1);
			float[] vector = new float[numbers.length];
			for (int i = 0; i < vector.length; i++) {
				vector[i] = (float) parseReal(numbers[i]);
			}
			return vector;
		}
		byte[] bytes = bytes(cursor, column);
		if (cursor.type(column) != Rows.BLOB || bytes.length % Float.BYTES != 0) {
			throw notConvertible("A value of " + bytes.length + " bytes", "a vector of float32", null);
		}
		float[] vector = new float[bytes.length / Float.BYTES];
		ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
		return vector;
	}

	/** A text, or 16 bytes in network order. */
	private static UUID uuid(Cursor cursor, int column) throws SQLException {
		if (cursor.type(column) == Rows.BLOB && cursor.byteLength(column) == 16) {
			ByteBuffer buffer = ByteBuffer.wrap(cursor.bytes(column));
			return new UUID(buffer.getLong(), buffer.getLong());
		}
		String text = text(cursor, column);
		try {
			return UUID.fromString(text);
		}
		catch (IllegalArgumentException ex) {
			throw notConvertible(text, "a UUID", ex);
		}
	}

	/** In UTC. */
	static LocalDateTime dateTime(Cursor cursor, int column) throws SQLException {
		return switch (cursor.type(column)) {
			case Rows.INTEGER -> DateTimes.ofInteger(cursor.longValue(column));
			case Rows.FLOAT -> DateTimes.ofReal(cursor.doubleValue(column));
			default -> DateTimes.parse(readableText(cursor, column, "a date or time"));
		};
	}

	static Timestamp timestamp(Cursor cursor, int column) throws SQLException {
		return Timestamp.from(dateTime(cursor, column).toInstant(ZoneOffset.UTC));
	}

	/**
	 * A value without a time is that day; any other is an instant, whose day the zone
	 * decides.
	 */
	static Date date(Cursor cursor, int column, Calendar calendar) throws SQLException {
		LocalDateTime dateTime = dateTime(cursor, column);
		ZoneId zone = zone(calendar);
		LocalDate date = isDateAlone(cursor, column) ? dateTime.toLocalDate()
				: dateTime.atOffset(ZoneOffset.UTC).atZoneSameInstant(zone).toLocalDate();
		return new Date(date.atStartOfDay(zone).toInstant().toEpochMilli());
	}

	/** A value without a date is that time of day; any other is an instant. */
	static Time time(Cursor cursor, int column, Calendar calendar) throws SQLException {
		LocalDateTime dateTime = dateTime(cursor, column);
		ZoneId zone = zone(calendar);
		LocalTime time = isTimeAlone(cursor, column) ? dateTime.toLocalTime()
				: dateTime.atOffset(ZoneOffset.UTC).atZoneSameInstant(zone).toLocalTime();
		return new Time(time.atDate(LocalDate.EPOCH).atZone(zone).toInstant().toEpochMilli());
	}

	private static ZoneId zone(Calendar calendar) {
		return (calendar != null) ? calendar.getTimeZone().toZoneId() : ZoneId.systemDefault();
	}

	private static boolean isDateAlone(Cursor cursor, int column) throws SQLException {
		return cursor.type(column) == Rows.TEXT && cursor.text(column).trim().length() <= "YYYY-MM-DD".length();
	}

	private static boolean isTimeAlone(Cursor cursor, int column) throws SQLException {
		return cursor.type(column) == Rows.TEXT && cursor.text(column).indexOf('-') < 0;
	}

	/**
	 * A value as the class that its column's declared type stands for. A value that is
	 * not of that type, which SQLite allows, comes as what it is.
	 */
	static Object object(Cursor cursor, int column) throws SQLException {
		int type = cursor.type(column);
		if (type == Rows.NULL) {
			return null;
		}
		String declared = cursor.declaredType(column);
		if (declared != null && type != Rows.BLOB) {
			switch (DeclaredType.jdbcType(declared, type)) {
				case Types.BOOLEAN:
					if (type == Rows.INTEGER) {
						return cursor.longValue(column) != 0;
					}
					break;
				case Types.BIGINT:
					if (type == Rows.INTEGER) {
						return cursor.longValue(column);
					}
					break;
				case Types.NUMERIC, Types.DECIMAL:
					if (type != Rows.TEXT && !Double.isInfinite(real(cursor, column))) {
						return decimal(cursor, column);
					}
					break;
				case Types.DATE:
					return orText(cursor, column, () -> date(cursor, column, null));
				case Types.TIME:
					return orText(cursor, column, () -> time(cursor, column, null));
				case Types.TIMESTAMP:
					return orText(cursor, column, () -> timestamp(cursor, column));
				default:
			}
		}
		return switch (type) {
			case Rows.INTEGER -> small(cursor.longValue(column));
			case Rows.FLOAT -> cursor.doubleValue(column);
			case Rows.TEXT -> cursor.text(column);
			default -> cursor.bytes(column);
		};
	}

	/** An Integer where it fits, as is usual with SQLite's drivers. */
	private static Object small(long value) {
		if (value == (int) value) {
			return (int) value;
		}
		return value;
	}

	/** What is declared as a date may be any text. */
	private static Object orText(Cursor cursor, int column, Conversion conversion) throws SQLException {
		try {
			return conversion.run();
		}
		catch (SQLException ex) {
			if (SqlState.INVALID_CONVERSION.code().equals(ex.getSQLState())) {
				return (cursor.type(column) == Rows.TEXT) ? cursor.text(column) : number(cursor, column);
			}
			throw ex;
		}
	}

	/** A value, which is not NULL, as a class of the caller's choice. */
	static <T> T convert(Cursor cursor, int column, Class<T> type) throws SQLException {
		Converter<?> converter = CONVERTERS.get(type);
		if (converter != null) {
			return type.cast(converter.convert(cursor, column));
		}
		if (type.isEnum()) {
			String text = text(cursor, column);
			for (T constant : type.getEnumConstants()) {
				if (((Enum<?>) constant).name().equals(text)) {
					return constant;
				}
			}
			throw notConvertible(text, "a constant of " + type.getName(), null);
		}
		Object value = object(cursor, column);
		if (type.isInstance(value)) {
			return type.cast(value);
		}
		throw SqlState.INVALID_CONVERSION.exception("Column " + name(cursor, column) + " cannot be read as "
				+ type.getName() + ": its value is a " + value.getClass().getName());
	}

	/** A text that a parameter of a JDBC type is set to. */
	static Object fromText(String text, int jdbcType) throws SQLException {
		return switch (jdbcType) {
			case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> parseInteger(text);
			case Types.REAL, Types.FLOAT, Types.DOUBLE -> parseReal(text);
			case Types.NUMERIC, Types.DECIMAL -> parseDecimal(text);
			case Types.BOOLEAN, Types.BIT -> parseBoolean(text);
			default -> text;
		};
	}

	/** The number of a JDBC type. */
	static int typeNumber(SQLType type) throws SQLException {
		if (type == null || type.getVendorTypeNumber() == null) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("The type " + type + " has no number among java.sql.Types");
		}
		return type.getVendorTypeNumber();
	}

	private static long parseInteger(String text) throws SQLException {
		String trimmed = text.trim();
		try {
			return Long.parseLong(trimmed);
		}
		catch (NumberFormatException ex) {
			BigDecimal value = parseDecimal(text);
			if (value.toBigInteger().bitLength() >= Long.SIZE) {
				throw SqlState.NUMBER_OUT_OF_RANGE.exception("'" + text + "' needs more than 64 bits");
			}
			return value.longValue();
		}
	}

	private static double parseReal(String text) throws SQLException {
		try {
			return Double.parseDouble(text.trim());
		}
		catch (NumberFormatException ex) {
			throw notConvertible(text, "a number", ex);
		}
	}

	private static BigDecimal parseDecimal(String text) throws SQLException {
		try {
			return new BigDecimal(text.trim());
		}
		catch (NumberFormatException ex) {
			throw notConvertible(text, "a number", ex);
		}
	}

	private static long truncated(double value) throws SQLException {
		if (!(value >= Long.MIN_VALUE && value < 0x1p63)) {
			throw SqlState.NUMBER_OUT_OF_RANGE.exception("The value " + value + " does not fit into a long");
		}
		return (long) value;
	}

	private static String readableText(Cursor cursor, int column, String wanted) throws SQLException {
		if (cursor.type(column) == Rows.BLOB) {
			throw SqlState.INVALID_CONVERSION
				.exception("Column " + name(cursor, column) + " is a blob and cannot be read as " + wanted);
		}
		return cursor.text(column);
	}

	private static SQLException notConvertible(String value, String wanted, Exception cause) {
		return SqlState.INVALID_CONVERSION.exception("'" + value + "' is not " + wanted, 0, cause);
	}

	private static String name(Cursor cursor, int column) throws SQLException {
		return (column + 1) + " (" + cursor.label(column) + ")";
	}

	@FunctionalInterface
	private interface Converter<T> {

		T convert(Cursor cursor, int column) throws SQLException;

	}

	@FunctionalInterface
	private interface Conversion {

		Object run() throws SQLException;

	}

}
