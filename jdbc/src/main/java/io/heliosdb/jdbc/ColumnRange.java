package io.heliosdb.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;

/**
 * Some neighbouring columns of a result set as a result set of their own: how a row of a
 * table is read from a row that has two of them. It stays on the row that the other is
 * on.
 */
final class ColumnRange implements InvocationHandler {

	private final ResultSet whole;

	/** Number of columns before those that are shown. */
	private final int offset;

	private final List<String> names;

	private final ResultSetMetaData metaData;

	private ColumnRange(ResultSet whole, int offset, List<String> names) throws SQLException {
		this.whole = whole;
		this.offset = offset;
		this.names = List.copyOf(names);
		ResultSetMetaData all = whole.getMetaData();
		this.metaData = (ResultSetMetaData) Proxy.newProxyInstance(ColumnRange.class.getClassLoader(),
				new Class<?>[] { ResultSetMetaData.class },
				(proxy, method, arguments) -> describe(all, method, arguments));
	}

	/**
	 * Shows some columns.
	 * @param whole the result set that has them
	 * @param offset number of columns before them
	 * @param names what they are called here
	 * @return a result set of these columns; it cannot be moved, and closing it does
	 * nothing
	 */
	static ResultSet of(ResultSet whole, int offset, List<String> names) throws SQLException {
		return (ResultSet) Proxy.newProxyInstance(ColumnRange.class.getClassLoader(),
				new Class<?>[] { ResultSet.class }, new ColumnRange(whole, offset, names));
	}

	@Override
	public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
		switch (method.getName()) {
			case "getMetaData":
				return this.metaData;
			case "findColumn":
				return find((String) arguments[0]);
			case "close":
				return null;
			case "equals":
				return proxy == arguments[0];
			case "hashCode":
				return System.identityHashCode(proxy);
			case "toString":
				return "ColumnRange" + this.names;
			case "next", "previous", "first", "last", "absolute", "relative", "beforeFirst", "afterLast":
				throw SqlState.INVALID_CALL.exception("This result set is one row of a table and cannot be moved");
			default:
		}
		if (!method.getName().startsWith("get") || arguments == null) {
			return call(method, this.whole, arguments);
		}
		Object[] shifted = arguments.clone();
		if (arguments[0] instanceof Integer column) {
			shifted[0] = this.offset + check(column);
			return call(method, this.whole, shifted);
		}
		Class<?>[] types = method.getParameterTypes();
		types[0] = int.class;
		shifted[0] = this.offset + find((String) arguments[0]);
		return call(ResultSet.class.getMethod(method.getName(), types), this.whole, shifted);
	}

	private Object describe(ResultSetMetaData all, Method method, Object[] arguments) throws Throwable {
		if (method.getName().equals("getColumnCount")) {
			return this.names.size();
		}
		if (arguments == null || !(arguments[0] instanceof Integer column)) {
			return call(method, all, arguments);
		}
		return switch (method.getName()) {
			case "getColumnLabel", "getColumnName" -> this.names.get(check(column) - 1);
			default -> call(method, all, new Object[] { this.offset + check(column) });
		};
	}

	private int check(int column) throws SQLException {
		if (column < 1 || column > this.names.size()) {
			throw SqlState.NO_SUCH_COLUMN.exception("There is no column " + column + ": the table has "
					+ this.names.size() + " columns, counted from 1");
		}
		return column;
	}

	private int find(String label) throws SQLException {
		for (int i = 0; i < this.names.size(); i++) {
			if (this.names.get(i).equalsIgnoreCase(label)) {
				return i + 1;
			}
		}
		throw SqlState.NO_SUCH_COLUMN
			.exception("There is no column '" + label + "'. The table has: " + String.join(", ", this.names));
	}

	private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

}
