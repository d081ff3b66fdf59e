package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;

/**
 * The values of a prepared statement's parameters, set in any order, as SQLite's values.
 * Parameters count from 1.
 */
final class ParameterValues {

	private static final byte UNSET = 0;

	private final byte[] types;

	private final long[] numbers;

	private final Object[] objects;

	/**
	 * What lies outside of the Java heap and is not freed yet, null if nothing ever did.
	 */
	private Set<LobBytes> large;

	/** Whether a batch refers to values that were set earlier. */
	private boolean inBatch;

	ParameterValues(int count) {
		this.types = new byte[count];
		this.numbers = new long[count];
		this.objects = new Object[count];
	}

	int count() {
		return this.types.length;
	}

	void clear() {
		Arrays.fill(this.types, UNSET);
		Arrays.fill(this.objects, null);
		freeUnused();
	}

	/** Says whether what was set is part of a batch. */
	void setInBatch(boolean inBatch) {
		this.inBatch = inBatch;
		freeUnused();
	}

	/**
	 * Frees what lies outside of the Java heap and neither a parameter nor a batch has.
	 */
	private void freeUnused() {
		if (this.large == null || this.inBatch) {
			return;
		}
		List<Object> used = Arrays.asList(this.objects);
		this.large.removeIf((bytes) -> {
			boolean unused = !used.contains(bytes);
			if (unused) {
				bytes.close();
			}
			return unused;
		});
	}

	/**
	 * Adds all values to a block, as one set.
	 * @param block the block
	 * @throws SQLException if one was not set
	 */
	void addTo(Parameters block) throws SQLException {
		for (int i = 0; i < this.types.length; i++) {
			add(block, i);
		}
	}

	private void add(Parameters block, int index) throws SQLException {
		switch (this.types[index]) {
			case Rows.INTEGER -> block.addLong(this.numbers[index]);
			case Rows.FLOAT -> block.addDouble(Double.longBitsToDouble(this.numbers[index]));
			case Rows.TEXT -> {
				if (this.objects[index] instanceof LobBytes utf8) {
					block.addText(utf8.outsideHeap());
				}
				else {
					block.addText((String) this.objects[index]);
				}
			}
			case Rows.BLOB -> {
				if (this.objects[index] instanceof LobBytes bytes) {
					block.addBlob(bytes.outsideHeap());
				}
				else {
					block.addBlob((byte[]) this.objects[index]);
				}
			}
			case Rows.NULL -> block.addNull();
			default -> throw unset(index);
		}
	}

	/**
	 * Adds some values to a block, as one set.
	 * @param block the block
	 * @param parameters which
	 * @throws SQLException if one was not set
	 */
	void addTo(Parameters block, int[] parameters) throws SQLException {
		for (int parameter : parameters) {
			add(block, parameter - 1);
		}
	}

	/**
	 * The value of a parameter.
	 * @param parameter the parameter
	 * @return {@code Long}, {@code Double}, {@code String}, {@code byte[]} or
	 * {@code null}
	 * @throws SQLException if it was not set
	 */
	Object value(int parameter) throws SQLException {
		int index = index(parameter);
		return switch (this.types[index]) {
			case Rows.INTEGER -> this.numbers[index];
			case Rows.FLOAT -> Double.longBitsToDouble(this.numbers[index]);
			case Rows.TEXT, Rows.BLOB -> this.objects[index];
			case Rows.NULL -> null;
			default -> throw unset(index);
		};
	}

	/** Whether all parameters have a value. */
	boolean areSet() {
		for (byte type : this.types) {
			if (type == UNSET) {
				return false;
			}
		}
		return true;
	}

	/** The values as they are now. */
	ParameterValues copy() {
		ParameterValues copy = new ParameterValues(this.types.length);
		System.arraycopy(this.types, 0, copy.types, 0, this.types.length);
		System.arraycopy(this.numbers, 0, copy.numbers, 0, this.numbers.length);
		System.arraycopy(this.objects, 0, copy.objects, 0, this.objects.length);
		return copy;
	}

	private SQLException unset(int index) {
		return SqlState.INVALID_PARAMETER_INDEX.exception("Parameter " + (index + 1) + " of " + this.types.length
				+ " has no value: set all parameters before executing");
	}

	void setNull(int parameter) throws SQLException {
		setReference(parameter, Rows.NULL, null);
	}

	void setLong(int parameter, long value) throws SQLException {
		int index = index(parameter);
		this.types[index] = Rows.INTEGER;
		this.numbers[index] = value;
	}

	void setDouble(int parameter, double value) throws SQLException {
		int index = index(parameter);
		this.types[index] = Rows.FLOAT;
		this.numbers[index] = Double.doubleToRawLongBits(value);
	}

	void setText(int parameter, String value) throws SQLException {
		setReference(parameter, Rows.TEXT, value);
	}

	void setBlob(int parameter, byte[] value) throws SQLException {
		setReference(parameter, Rows.BLOB, value);
	}

	private void setReference(int parameter, int type, Object value) throws SQLException {
		int index = index(parameter);
		this.types[index] = (byte) ((value != null) ? type : Rows.NULL);
		this.objects[index] = value;
		freeUnused();
	}

	/** A text in UTF-8, which is this object's from now on. */
	void setText(int parameter, LobBytes utf8) throws SQLException {
		byte[] inHeap = utf8.inHeap();
		if (inHeap != null) {
			setText(parameter, new String(inHeap, StandardCharsets.UTF_8));
		}
		else {
			setLarge(parameter, Rows.TEXT, utf8);
		}
	}

	/** A blob, which is this object's from now on. */
	void setBlob(int parameter, LobBytes bytes) throws SQLException {
		byte[] inHeap = bytes.inHeap();
		if (inHeap != null) {
			setBlob(parameter, inHeap);
		}
		else {
			setLarge(parameter, Rows.BLOB, bytes);
		}
	}

	private void setLarge(int parameter, int type, LobBytes bytes) throws SQLException {
		if (this.large == null) {
			this.large = Collections.newSetFromMap(new IdentityHashMap<>());
		}
		this.large.add(bytes);
		setReference(parameter, type, bytes);
	}

	/** A date is a day in the calendar's zone, by default the JVM's. */
	void setDate(int parameter, java.sql.Date value, Calendar calendar) throws SQLException {
		setText(parameter, (value == null) ? null : DateTimes.text((calendar == null) ? value.toLocalDate()
				: LocalDate.ofInstant(Instant.ofEpochMilli(value.getTime()), calendar.getTimeZone().toZoneId())));
	}

	/** A time is a time of day in the calendar's zone, by default the JVM's. */
	void setTime(int parameter, Time value, Calendar calendar) throws SQLException {
		setText(parameter, (value == null) ? null : DateTimes.text((calendar == null) ? value.toLocalTime()
				: LocalTime.ofInstant(Instant.ofEpochMilli(value.getTime()), calendar.getTimeZone().toZoneId())));
	}

	/** A timestamp is an instant, whichever zone it is looked at from. */
	void setTimestamp(int parameter, Timestamp value) throws SQLException {
		setText(parameter, (value == null) ? null : DateTimes.text(value.toInstant()));
	}

	void setObject(int parameter, Object value) throws SQLException {
		if (value == null) {
			setNull(parameter);
		}
		else if (value instanceof String text) {
			setText(parameter, text);
		}
		else if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
			setLong(parameter, ((Number) value).longValue());
		}
		else if (value instanceof Double || value instanceof Float) {
			setDouble(parameter, ((Number) value).doubleValue());
		}
		else if (value instanceof Boolean bool) {
			setLong(parameter, bool ? 1 : 0);
		}
		else if (value instanceof BigDecimal || value instanceof UUID || value instanceof Character) {
			setText(parameter, value.toString());
		}
		else if (value instanceof BigInteger integer) {
			setBigInteger(parameter, integer);
		}
		else if (value instanceof byte[] bytes) {
			setBlob(parameter, bytes.clone());
		}
		else if (value instanceof float[] vector) {
			ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(vector.length, Float.BYTES))
				.order(ByteOrder.LITTLE_ENDIAN);
			checkFinite(parameter, vector);
			buffer.asFloatBuffer().put(vector);
			setBlob(parameter, buffer.array());
		}
		else if (value instanceof Enum<?> constant) {
			setText(parameter, constant.name());
		}
		else {
			setText(parameter, dateTime(value));
		}
	}

	private static void checkFinite(int parameter, float[] vector) throws SQLException {
		for (int i = 0; i < vector.length; i++) {
			if (!Float.isFinite(vector[i])) {
				throw SqlState.DATA_EXCEPTION.exception("Number " + (i + 1) + " of the vector of parameter " + parameter
						+ " is " + vector[i] + ": a vector holds no NaN and no infinity");
			}
		}
	}

	private void setBigInteger(int parameter, BigInteger value) throws SQLException {
		if (value.bitLength() < Long.SIZE) {
			setLong(parameter, value.longValue());
		}
		else {
			setText(parameter, value.toString());
		}
	}

	private static String dateTime(Object value) throws SQLException {
		if (value instanceof Instant instant) {
			return DateTimes.text(instant);
		}
		if (value instanceof LocalDateTime dateTime) {
			return DateTimes.text(dateTime);
		}
		if (value instanceof LocalDate date) {
			return DateTimes.text(date);
		}
		if (value instanceof LocalTime time) {
			return DateTimes.text(time);
		}
		if (value instanceof OffsetDateTime dateTime) {
			return DateTimes.text(dateTime.toInstant());
		}
		if (value instanceof ZonedDateTime dateTime) {
			return DateTimes.text(dateTime.toInstant());
		}
		if (value instanceof OffsetTime time) {
			return DateTimes.text(time.withOffsetSameInstant(ZoneOffset.UTC).toLocalTime());
		}
		if (value instanceof java.sql.Date date) {
			return DateTimes.text(date.toLocalDate());
		}
		if (value instanceof Time time) {
			return DateTimes.text(time.toLocalTime());
		}
		if (value instanceof java.util.Date instant) {
			return DateTimes
				.text((instant instanceof Timestamp timestamp) ? timestamp.toInstant() : instant.toInstant());
		}
		if (value instanceof Calendar calendar) {
			return DateTimes.text(calendar.toInstant());
		}
		throw SqlState.INVALID_CONVERSION.exception("A " + value.getClass().getName()
				+ " cannot be stored. Convert it to a number, text, byte[], float[] or a type of java.time");
	}

	private int index(int parameter) throws SQLException {
		if (parameter < 1 || parameter > this.types.length) {
			throw SqlState.INVALID_PARAMETER_INDEX.exception("There is no parameter " + parameter
					+ ": the statement has " + this.types.length + " parameters, counted from 1");
		}
		return parameter - 1;
	}

}
