package io.heliosdb.jdbc;

import java.sql.JDBCType;
import java.sql.Types;
import java.util.Locale;
import java.util.Map;

import io.heliosdb.engine.Rows;

/**
 * The JDBC type of a column by its declared type. Names that SQLite's users commonly
 * declare are known; for any other, SQLite's own rules of affinity decide
 * (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).
 */
final class DeclaredType {

	private static final Map<String, Integer> KNOWN = Map.ofEntries(Map.entry("BOOLEAN", Types.BOOLEAN),
			Map.entry("BOOL", Types.BOOLEAN), Map.entry("BIT", Types.BOOLEAN), Map.entry("TINYINT", Types.TINYINT),
			Map.entry("SMALLINT", Types.SMALLINT), Map.entry("INT2", Types.SMALLINT), Map.entry("INT", Types.INTEGER),
			Map.entry("INTEGER", Types.INTEGER), Map.entry("BIGINT", Types.BIGINT), Map.entry("INT8", Types.BIGINT),
			Map.entry("LONG", Types.BIGINT), Map.entry("UNSIGNED BIG INT", Types.BIGINT), Map.entry("REAL", Types.REAL),
			Map.entry("FLOAT", Types.FLOAT), Map.entry("DOUBLE", Types.DOUBLE),
			Map.entry("DOUBLE PRECISION", Types.DOUBLE), Map.entry("NUMERIC", Types.NUMERIC),
			Map.entry("DECIMAL", Types.DECIMAL), Map.entry("DATE", Types.DATE), Map.entry("TIME", Types.TIME),
			Map.entry("TIMESTAMP", Types.TIMESTAMP), Map.entry("DATETIME", Types.TIMESTAMP),
			Map.entry("CHAR", Types.CHAR), Map.entry("CHARACTER", Types.CHAR), Map.entry("NCHAR", Types.CHAR),
			Map.entry("TEXT", Types.VARCHAR), Map.entry("VARCHAR", Types.VARCHAR), Map.entry("JSON", Types.VARCHAR),
			Map.entry("UUID", Types.VARCHAR), Map.entry("CLOB", Types.CLOB), Map.entry("BLOB", Types.BLOB),
			Map.entry("BINARY", Types.BINARY), Map.entry("VARBINARY", Types.VARBINARY),
			Map.entry("VECTOR", Types.VARBINARY), Map.entry("ANY", Types.OTHER));

	private DeclaredType() {
	}

	/**
	 * The JDBC type of a column.
	 * @param declared the declared type, {@code null} for an expression or a column
	 * without one
	 * @param valueType type of a value, which decides where nothing is declared
	 * @return one of {@link Types}
	 */
	static int jdbcType(String declared, int valueType) {
		if (declared == null || declared.isEmpty()) {
			return switch (valueType) {
				case Rows.INTEGER -> Types.INTEGER;
				case Rows.FLOAT -> Types.REAL;
				case Rows.BLOB -> Types.BLOB;
				case Rows.TEXT -> Types.VARCHAR;
				default -> Types.NULL;
			};
		}
		String name = name(declared);
		Integer known = KNOWN.get(name);
		return (known != null) ? known : byAffinity(name);
	}

	private static int byAffinity(String name) {
		if (name.contains("INT")) {
			return Types.INTEGER;
		}
		if (name.contains("CHAR") || name.contains("CLOB") || name.contains("TEXT")) {
			return Types.VARCHAR;
		}
		if (name.contains("BLOB")) {
			return Types.BLOB;
		}
		if (name.contains("REAL") || name.contains("FLOA") || name.contains("DOUB")) {
			return Types.REAL;
		}
		return name.startsWith("TIMESTAMP") ? Types.TIMESTAMP : Types.NUMERIC;
	}

	/**
	 * A declared type's name.
	 * @param declared such as {@code varchar(20)}
	 * @return such as {@code VARCHAR}
	 */
	static String name(String declared) {
		int bracket = declared.indexOf('(');
		return ((bracket >= 0) ? declared.substring(0, bracket) : declared).trim().toUpperCase(Locale.ROOT);
	}

	/**
	 * A number in brackets behind a declared type.
	 * @param declared such as {@code decimal(10, 2)}
	 * @param index 0 for the first, 1 for the second
	 * @return the number, 0 if there is none
	 */
	static int argument(String declared, int index) {
		int open = (declared != null) ? declared.indexOf('(') : -1;
		int close = (open >= 0) ? declared.indexOf(')', open) : -1;
		if (close < 0) {
			return 0;
		}
		String[] arguments = declared.substring(open + 1, close).split(",");
		String argument = (index < arguments.length) ? arguments[index].trim() : "";
		return argument.matches("\\d{1,9}") ? Integer.parseInt(argument) : 0;
	}

	/** What SQLite calls a type of {@link Rows}. */
	static String storageName(int valueType) {
		return switch (valueType) {
			case Rows.INTEGER -> "INTEGER";
			case Rows.FLOAT -> "REAL";
			case Rows.TEXT -> "TEXT";
			case Rows.BLOB -> "BLOB";
			default -> "NULL";
		};
	}

	/** SQL name of a JDBC type. */
	static String sqlName(int jdbcType) {
		return JDBCType.valueOf(jdbcType).getName();
	}

	static boolean isNumeric(int jdbcType) {
		return switch (jdbcType) {
			case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.REAL, Types.FLOAT, Types.DOUBLE,
					Types.NUMERIC, Types.DECIMAL ->
				true;
			default -> false;
		};
	}

	/** Class of what {@code getObject} gives for a JDBC type. */
	static Class<?> javaClass(int jdbcType) {
		return switch (jdbcType) {
			case Types.BOOLEAN -> Boolean.class;
			case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> Integer.class;
			case Types.BIGINT -> Long.class;
			case Types.REAL, Types.FLOAT, Types.DOUBLE -> Double.class;
			case Types.NUMERIC, Types.DECIMAL -> java.math.BigDecimal.class;
			case Types.DATE -> java.sql.Date.class;
			case Types.TIME -> java.sql.Time.class;
			case Types.TIMESTAMP -> java.sql.Timestamp.class;
			case Types.CHAR, Types.VARCHAR, Types.CLOB -> String.class;
			case Types.BLOB, Types.BINARY, Types.VARBINARY -> byte[].class;
			default -> Object.class;
		};
	}

}
