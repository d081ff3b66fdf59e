package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.UUID;

import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Values on their way to SQLite and back. */
class ValueTests extends OnMemory {

	@FunctionalInterface
	private interface Setter {

		void set(PreparedStatement statement) throws Exception;

	}

	@FunctionalInterface
	private interface Getter {

		Object get(ResultSet row) throws Exception;

	}

	/** Sends a value to SQLite and reads it back; the second column is its type. */
	private Object roundTrip(Setter setter, Getter getter) throws Exception {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?1 AS v, typeof(?1) AS t")) {
			setter.set(statement);
			try (ResultSet row = statement.executeQuery()) {
				assertThat(row.next()).isTrue();
				return getter.get(row);
			}
		}
	}

	private Object read(String expression, Getter getter) throws Exception {
		try (ResultSet row = this.connection.createStatement().executeQuery("SELECT " + expression + " AS v")) {
			assertThat(row.next()).isTrue();
			return getter.get(row);
		}
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE })
	void longsComeBack(long value) throws Exception {
		assertThat(roundTrip((s) -> s.setLong(1, value), (r) -> r.getLong(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject("v", Long.class))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setLong(1, value), (r) -> r.getString("v"))).isEqualTo(Long.toString(value));
		assertThat(roundTrip((s) -> s.setLong(1, value), (r) -> r.getBigDecimal(1)))
			.isEqualTo(BigDecimal.valueOf(value));
		assertThat(roundTrip((s) -> s.setLong(1, value), (r) -> r.getString("t"))).isEqualTo("integer");
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.0, 1.5, -1.5, Double.MIN_VALUE, Double.MAX_VALUE, Double.POSITIVE_INFINITY,
			Double.NEGATIVE_INFINITY, Math.PI })
	void doublesComeBack(double value) throws Exception {
		assertThat(roundTrip((s) -> s.setDouble(1, value), (r) -> r.getDouble(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setDouble(1, value), (r) -> r.getString("t"))).isEqualTo("real");
	}

	@Test
	void notANumberBecomesNull() throws Exception {
		assertThat(roundTrip((s) -> s.setDouble(1, Double.NaN), (r) -> r.getObject(1))).isNull();
		assertThat(roundTrip((s) -> s.setFloat(1, Float.NaN), (r) -> {
			r.getFloat(1);
			return r.wasNull();
		})).isEqualTo(true);
	}

	@Test
	void negativeZeroIsWhatStockSqliteMakesOfIt() throws Exception {
		try (Connection stock = Sql.stock()) {
			try (PreparedStatement statement = stock.prepareStatement("SELECT ?")) {
				statement.setDouble(1, -0.0);
				try (ResultSet row = statement.executeQuery()) {
					row.next();
					double expected = row.getDouble(1);
					assertThat(roundTrip((s) -> s.setDouble(1, -0.0), (r) -> r.getDouble(1))).isEqualTo(expected);
				}
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "abc", "\u00e4\u00f6\u00fc", "\u20ac", "\ud83d\ude00 and \ud834\udd1e",
			"embedded\0zero", "\0", "line\r\nline", "it's \"quoted\"" })
	void textsComeBack(String value) throws Exception {
		assertThat(roundTrip((s) -> s.setString(1, value), (r) -> r.getString(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setNString(1, value), (r) -> r.getNString(1))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setCharacterStream(1, new StringReader(value)),
				(r) -> r.getCharacterStream(1).transferTo(new StringWriter())))
			.isEqualTo((long) value.length());
		assertThat(roundTrip((s) -> s.setString(1, value), (r) -> r.getBytes(1)))
			.isEqualTo(value.getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void textsAreStoredAsStockSqliteStoresThem() throws Exception {
		String text = "a\0b \ud83d\ude00 \u00e4";
		assertThat(Sql.text(this.connection, "SELECT hex(CAST(? AS BLOB))", text))
			.isEqualToIgnoringCase("610062 F09F9880 C3A4".replace(" ", "20"));
	}

	@Test
	void halfOfACharacterIsReplaced() throws Exception {
		assertThat(roundTrip((s) -> s.setString(1, "a\ud83dz"), (r) -> r.getString(1))).isEqualTo("a?z");
	}

	@Test
	void bytesThatAreNoTextAreReplaced() throws Exception {
		assertThat(read("CAST(x'61FF62' AS TEXT)", (r) -> r.getString(1))).isEqualTo("a\ufffdb");
		assertThat(read("CAST(x'61FF62' AS TEXT)", (r) -> r.getBytes(1)))
			.isEqualTo(new byte[] { 0x61, (byte) 0xff, 0x62 });
	}

	@Test
	void blobsComeBack() throws Exception {
		for (byte[] value : new byte[][] { {}, { 0 }, { 1, 2, -1, 0, 127, -128 } }) {
			assertThat(roundTrip((s) -> s.setBytes(1, value), (r) -> r.getBytes(1))).isEqualTo(value);
			assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> (byte[]) r.getObject(1))).isEqualTo(value);
			assertThat(roundTrip((s) -> s.setBinaryStream(1, new ByteArrayInputStream(value)),
					(r) -> r.getBinaryStream(1).readAllBytes()))
				.isEqualTo(value);
			assertThat(roundTrip((s) -> s.setBlob(1, new SerialBlob(value)),
					(r) -> r.getBlob(1).getBinaryStream().readAllBytes()))
				.isEqualTo(value);
			assertThat(roundTrip((s) -> s.setBytes(1, value), (r) -> r.getString("t"))).isEqualTo("blob");
		}
	}

	@Test
	void parameterKeepsTheBytesItWasGiven() throws Exception {
		byte[] value = { 1, 2, 3 };
		assertThat(roundTrip((s) -> {
			s.setBytes(1, value);
			value[0] = 9;
		}, (r) -> r.getBytes(1))).isEqualTo(new byte[] { 1, 2, 3 });
	}

	@Test
	void clobsComeBack() throws Exception {
		assertThat(roundTrip((s) -> s.setClob(1, new SerialClob("text".toCharArray())),
				(r) -> r.getClob(1).getSubString(1, 4)))
			.isEqualTo("text");
		assertThat(roundTrip(
				(s) -> s.setAsciiStream(1, new ByteArrayInputStream("text".getBytes(StandardCharsets.US_ASCII))),
				(r) -> r.getAsciiStream(1).readAllBytes()))
			.isEqualTo("text".getBytes(StandardCharsets.US_ASCII));
	}

	@Test
	void streamOfAnnouncedLengthIsReadThatFar() throws Exception {
		assertThat(
				roundTrip((s) -> s.setBinaryStream(1, new ByteArrayInputStream(new byte[10]), 4), (r) -> r.getBytes(1)))
			.isEqualTo(new byte[4]);
		assertThat(roundTrip((s) -> s.setCharacterStream(1, new StringReader("abcdef"), 3), (r) -> r.getString(1)))
			.isEqualTo("abc");
	}

	@Test
	void streamThatEndsTooEarlyIsRefused() {
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(
					() -> roundTrip((s) -> s.setBinaryStream(1, new ByteArrayInputStream(new byte[2]), 4), (r) -> null))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22000"));
	}

	@Test
	void everyWayOfSettingNullIsNull() throws Exception {
		Setter[] setters = { (s) -> s.setNull(1, Types.INTEGER), (s) -> s.setNull(1, Types.VARCHAR, "x"),
				(s) -> s.setString(1, null), (s) -> s.setBytes(1, null), (s) -> s.setObject(1, null),
				(s) -> s.setObject(1, null, Types.DATE), (s) -> s.setBigDecimal(1, null), (s) -> s.setDate(1, null),
				(s) -> s.setTime(1, null), (s) -> s.setTimestamp(1, null), (s) -> s.setURL(1, null),
				(s) -> s.setBinaryStream(1, null), (s) -> s.setCharacterStream(1, null),
				(s) -> s.setBlob(1, (java.sql.Blob) null), (s) -> s.setClob(1, (java.sql.Clob) null),
				(s) -> s.setAsciiStream(1, null) };
		for (Setter setter : setters) {
			assertThat(roundTrip(setter, (r) -> r.getString("t"))).isEqualTo("null");
		}
	}

	@Test
	void everyGetterGivesNullOrZeroForNull() throws Exception {
		assertThat(read("NULL", (r) -> {
			assertThat(r.getString(1)).isNull();
			assertThat(r.wasNull()).isTrue();
			assertThat(r.getLong(1)).isZero();
			assertThat(r.wasNull()).isTrue();
			assertThat(r.getInt(1)).isZero();
			assertThat(r.getShort(1)).isZero();
			assertThat(r.getByte(1)).isZero();
			assertThat(r.getDouble(1)).isZero();
			assertThat(r.getFloat(1)).isZero();
			assertThat(r.getBoolean(1)).isFalse();
			assertThat(r.getBytes(1)).isNull();
			assertThat(r.getBigDecimal(1)).isNull();
			assertThat(r.getDate(1)).isNull();
			assertThat(r.getTime(1)).isNull();
			assertThat(r.getTimestamp(1)).isNull();
			assertThat(r.getBinaryStream(1)).isNull();
			assertThat(r.getCharacterStream(1)).isNull();
			assertThat(r.getAsciiStream(1)).isNull();
			assertThat(r.getBlob(1)).isNull();
			assertThat(r.getClob(1)).isNull();
			assertThat(r.getURL(1)).isNull();
			assertThat(r.getObject(1)).isNull();
			return r.getObject(1, UUID.class);
		})).isNull();
	}

	@Test
	void wasNullIsOfTheLastValueRead() throws Exception {
		try (ResultSet row = this.connection.createStatement().executeQuery("SELECT NULL, 1")) {
			row.next();
			row.getInt(1);
			assertThat(row.wasNull()).isTrue();
			row.getInt(2);
			assertThat(row.wasNull()).isFalse();
		}
	}

	@Test
	void numbersOutOfRangeAreRefused() throws Exception {
		for (Getter getter : new Getter[] { (r) -> r.getInt(1), (r) -> r.getShort(1), (r) -> r.getByte(1),
				(r) -> r.getObject(1, Integer.class) }) {
			assertOutOfRange("2147483648", getter);
			assertOutOfRange("-2147483649", getter);
			assertOutOfRange("'2147483648'", getter);
			assertOutOfRange("1e10", getter);
		}
		assertOutOfRange("1e19", (r) -> r.getLong(1));
		assertOutOfRange("9e999", (r) -> r.getLong(1));
		assertOutOfRange("'9223372036854775808'", (r) -> r.getLong(1));
		assertOutOfRange("128", (r) -> r.getByte(1));
		assertOutOfRange("-32769", (r) -> r.getShort(1));
	}

	private void assertOutOfRange(String expression, Getter getter) {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> read(expression, getter))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22003"));
	}

	@Test
	void numbersAtTheEdgeOfTheRangeAreRead() throws Exception {
		assertThat(read("-128", (r) -> r.getByte(1))).isEqualTo(Byte.MIN_VALUE);
		assertThat(read("32767", (r) -> r.getShort(1))).isEqualTo(Short.MAX_VALUE);
		assertThat(read("-2147483648", (r) -> r.getInt(1))).isEqualTo(Integer.MIN_VALUE);
		assertThat(read("-9.9", (r) -> r.getInt(1))).isEqualTo(-9);
		assertThat(read("' 42 '", (r) -> r.getInt(1))).isEqualTo(42);
		assertThat(read("'1e3'", (r) -> r.getInt(1))).isEqualTo(1000);
	}

	@Test
	void textThatIsNoNumberIsRefused() {
		for (Getter getter : new Getter[] { (r) -> r.getInt(1), (r) -> r.getDouble(1), (r) -> r.getBigDecimal(1),
				(r) -> r.getBoolean(1), (r) -> r.getTimestamp(1), (r) -> r.getObject(1, UUID.class) }) {
			assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> read("'twelve'", getter))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22018"))
				.withMessageContaining("twelve");
		}
	}

	@Test
	void blobIsNoNumber() {
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> read("x'01'", (r) -> r.getInt(1)))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22018"));
	}

	@Test
	void booleans() throws Exception {
		assertThat(roundTrip((s) -> s.setBoolean(1, true), (r) -> r.getObject(1))).isEqualTo(1);
		for (String yes : new String[] { "1", "-1", "0.5", "'true'", "'T'", "'yes'", "'on'", "'1'" }) {
			assertThat(read(yes, (r) -> r.getBoolean(1))).as(yes).isEqualTo(true);
		}
		for (String no : new String[] { "0", "0.0", "'false'", "'F'", "'No'", "'off'", "'0'" }) {
			assertThat(read(no, (r) -> r.getBoolean(1))).as(no).isEqualTo(false);
		}
	}

	@Test
	void decimalsKeepTheirDigits() throws Exception {
		for (String digits : new String[] { "0", "-1.50", "12345678901234567890.123456789", "1E-30", "1E+30" }) {
			BigDecimal value = new BigDecimal(digits);
			assertThat(roundTrip((s) -> s.setBigDecimal(1, value), (r) -> r.getBigDecimal(1))).isEqualTo(value);
			assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject(1, BigDecimal.class)))
				.isEqualTo(value);
		}
		assertThat(read("0.1", (r) -> r.getBigDecimal(1))).isEqualTo(new BigDecimal("0.1"));
	}

	@Test
	void bigIntegers() throws Exception {
		BigInteger large = BigInteger.ONE.shiftLeft(100);
		assertThat(roundTrip((s) -> s.setObject(1, BigInteger.TEN), (r) -> r.getLong(1))).isEqualTo(10L);
		assertThat(roundTrip((s) -> s.setObject(1, large), (r) -> r.getObject(1, BigInteger.class))).isEqualTo(large);
	}

	@Test
	void uuidsAsTextAndAsBytes() throws Exception {
		UUID value = UUID.randomUUID();
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getString(1))).isEqualTo(value.toString());
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject(1, UUID.class))).isEqualTo(value);
		assertThat(read("x'" + value.toString().replace("-", "") + "'", (r) -> r.getObject(1, UUID.class)))
			.isEqualTo(value);
	}

	@Test
	void enumsByName() throws Exception {
		assertThat(roundTrip((s) -> s.setObject(1, JDBCType.BLOB), (r) -> r.getString(1))).isEqualTo("BLOB");
		assertThat(roundTrip((s) -> s.setObject(1, JDBCType.BLOB), (r) -> r.getObject(1, JDBCType.class)))
			.isEqualTo(JDBCType.BLOB);
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(() -> read("'NOTHING'", (r) -> r.getObject(1, JDBCType.class)));
	}

	@Test
	void vectorsAreLittleEndianFloats() throws Exception {
		float[] value = { 0.0f, 1.0f, -2.5f, Float.MIN_VALUE, Float.MAX_VALUE };
		assertThat(roundTrip((s) -> s.setObject(1, value), (r) -> r.getObject(1, float[].class))).isEqualTo(value);
		assertThat(roundTrip((s) -> s.setObject(1, new float[] { 1.0f }), (r) -> r.getBytes(1)))
			.isEqualTo(new byte[] { 0, 0, (byte) 0x80, 0x3f });
		assertThat(read("'[0.5, -1e2]'", (r) -> r.getObject(1, float[].class))).isEqualTo(new float[] { 0.5f, -100f });
		assertThat(read("'[]'", (r) -> r.getObject(1, float[].class))).isEqualTo(new float[0]);
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(() -> read("x'010203'", (r) -> r.getObject(1, float[].class)));
	}

	@Test
	void objectsByTheColumnsDeclaredType() throws Exception {
		Sql.update(this.connection, "CREATE TABLE t (b BOOLEAN, i INT, l BIGINT, n NUMERIC(10, 2), d DECIMAL, r REAL, "
				+ "s VARCHAR(20), x BLOB, u)");
		Sql.update(this.connection, "INSERT INTO t VALUES (1, 2, 3, 4.5, 6, 7, '8', x'09', 10)");
		assertThat(Sql.rows(this.connection, "SELECT b, i, l, n, d, r, s, u FROM t").get(0)).containsExactly(true, 2,
				3L, new BigDecimal("4.5"), new BigDecimal("6"), 7.0, "8", 10);
		Sql.update(this.connection, "UPDATE t SET b = 'maybe', i = 'many', l = 1.5, n = 'none', d = x'00'");
		assertThat(Sql.rows(this.connection, "SELECT b, i, l, n FROM t").get(0)).containsExactly("maybe", "many", 1.5,
				"none");
	}

	@Test
	void textParametersOfANumericTypeAreNumbers() throws Exception {
		assertThat(roundTrip((s) -> s.setObject(1, "42", Types.INTEGER), (r) -> r.getString("t"))).isEqualTo("integer");
		assertThat(roundTrip((s) -> s.setObject(1, "4.2", Types.DOUBLE), (r) -> r.getString("t"))).isEqualTo("real");
		assertThat(roundTrip((s) -> s.setObject(1, 42, Types.VARCHAR), (r) -> r.getString("t"))).isEqualTo("text");
	}

	@Test
	void valueOfAnUnknownClassIsRefused() {
		assertThatExceptionOfType(SQLDataException.class)
			.isThrownBy(() -> roundTrip((s) -> s.setObject(1, new Object()), (r) -> null))
			.withMessageContaining("java.lang.Object");
	}

	@Test
	void parametersOutOfRangeOrWithoutAValueAreRefused() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?, ?")) {
			for (int index : new int[] { 0, -1, 3 }) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.setInt(index, 1))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
			}
			statement.setInt(1, 1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"))
				.withMessageContaining("Parameter 2 of 2");
			statement.setInt(2, 2);
			assertThat(Sql.rows(statement.executeQuery())).containsExactly(Arrays.asList(1, 2));
			statement.clearParameters();
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery);
		}
	}

	@Test
	void numberedAndNamedParametersAreCountedAsSqliteDoes() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?3, :a, ?, :a, @b, $c")) {
			assertThat(statement.getParameterMetaData().getParameterCount()).isEqualTo(7);
			for (int i = 1; i <= 7; i++) {
				statement.setInt(i, i);
			}
			assertThat(Sql.rows(statement.executeQuery())).containsExactly(Arrays.asList(3, 4, 5, 4, 6, 7));
		}
	}

	@Test
	void textOfRealsIsStockSqlites() throws Exception {
		SplittableRandom random = new SplittableRandom(7);
		try (Connection stock = Sql.stock();
				PreparedStatement theirs = stock.prepareStatement("SELECT CAST(?1 AS TEXT), ?1");
				PreparedStatement ours = this.connection.prepareStatement("SELECT ?1")) {
			for (int i = 0; i < 40_000; i++) {
				double value = anyDouble(random, i);
				theirs.setDouble(1, value);
				ours.setDouble(1, value);
				try (ResultSet expected = theirs.executeQuery(); ResultSet actual = ours.executeQuery()) {
					expected.next();
					actual.next();
					assertThat(actual.getString(1)).isEqualTo(expected.getString(1)).isEqualTo(expected.getString(2));
				}
			}
		}
	}

	private static double anyDouble(SplittableRandom random, int i) {
		double value = switch (i % 5) {
			case 0 -> Double.longBitsToDouble(random.nextLong());
			case 1 -> random.nextInt(1_000_000) / 1000.0;
			case 2 -> random.nextInt(1_000_000) / 100.0 * 1.1;
			case 3 -> random.nextDouble() * Math.pow(10, random.nextInt(40) - 20);
			default -> random.nextInt();
		};
		return Double.isNaN(value) ? 0.0 : value;
	}

}
