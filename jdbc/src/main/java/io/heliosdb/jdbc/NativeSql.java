package io.heliosdb.jdbc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.engine.NativeStatement;
import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;

/** Short statements of the driver's own, prepared for one use. */
final class NativeSql {

	private NativeSql() {
	}

	/**
	 * Executes a statement and reads all of its rows, which are few and short.
	 * @param connection nobody else uses it now
	 * @param sql one statement
	 * @param parameters its parameters: {@code Long}, {@code String} or {@code null}
	 * @return the rows, of {@code Long}, {@code Double}, {@code String}, {@code byte[]}
	 * or {@code null}
	 * @throws NativeException if it failed
	 */
	static List<Object[]> rows(NativeConnection connection, String sql, Object... parameters) throws NativeException {
		NativeStatement statement = connection.prepare(sql.getBytes(StandardCharsets.UTF_8), 0);
		try {
			Rows rows = new Rows();
			List<Object[]> read = new ArrayList<>();
			int code = statement.execute(parameters(statement.parameterCount(), parameters), rows, Rows.CAPACITY, 0,
					connection.nextTicket());
			readAll(rows, read);
			while (code == NativeStatement.ROW) {
				code = statement.fetch(rows, Rows.CAPACITY, 0, connection.nextTicket());
				readAll(rows, read);
			}
			return read;
		}
		finally {
			statement.close();
		}
	}

	/** A set of parameters. Those that have no value are NULL. */
	static Parameters parameters(int count, Object... values) {
		Parameters parameters = new Parameters();
		for (int i = 0; i < count; i++) {
			Object value = (i < values.length) ? values[i] : null;
			if (value instanceof Long number) {
				parameters.addLong(number);
			}
			else if (value instanceof String text) {
				parameters.addText(text);
			}
			else {
				parameters.addNull();
			}
		}
		return parameters;
	}

	private static void readAll(Rows rows, List<Object[]> read) {
		while (rows.next()) {
			read.add(row(rows));
		}
	}

	/** The values of the current row. */
	static Object[] row(Rows rows) {
		Object[] row = new Object[rows.columnCount()];
		for (int i = 0; i < row.length; i++) {
			row[i] = switch (rows.type(i)) {
				case Rows.INTEGER -> rows.longValue(i);
				case Rows.FLOAT -> rows.doubleValue(i);
				case Rows.TEXT -> rows.text(i);
				case Rows.BLOB -> rows.bytes(i);
				default -> null;
			};
		}
		return row;
	}

}
