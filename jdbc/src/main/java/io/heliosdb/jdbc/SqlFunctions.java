package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

import io.heliosdb.engine.Arguments;
import io.heliosdb.engine.NativeCallback;
import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeStatement.ColumnText;
import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;

/** The application's functions, aggregates and collations as SQLite calls them. */
final class SqlFunctions {

	private SqlFunctions() {
	}

	private static void give(Object value, Parameters result) throws SQLException {
		ParameterValues values = new ParameterValues(1);
		values.setObject(1, value);
		values.addTo(result);
	}

	/** A function. */
	static final class Scalar extends NativeCallback {

		private final ScalarFunction function;

		Scalar(NativeConnection connection, ScalarFunction function) {
			super(connection);
			this.function = function;
		}

		@Override
		protected void call(int what, long group, Arguments arguments, Parameters result) throws Exception {
			give(this.function.apply(new ArgumentCursor(arguments)), result);
		}

		@Override
		protected int compare(String first, String second) {
			throw new IllegalStateException("A function compares nothing");
		}

	}

	/** An aggregate. */
	static final class Aggregate<S> extends NativeCallback {

		private final AggregateFunction<S> function;

		/** The groups of rows under way: several of one statement, and of several. */
		private final Map<Long, S> states = new HashMap<>();

		Aggregate(NativeConnection connection, AggregateFunction<S> function) {
			super(connection);
			this.function = function;
		}

		@Override
		protected void call(int what, long group, Arguments arguments, Parameters result) throws Exception {
			switch (what) {
				case STEP -> this.states.put(group, this.function.add(state(group), new ArgumentCursor(arguments)));
				case INVERSE -> this.states.put(group,
						((WindowFunction<S>) this.function).remove(state(group), new ArgumentCursor(arguments)));
				case VALUE -> give(this.function.result(state(group)), result);
				default -> {
					S state = state(group);
					this.states.remove(group);
					give(this.function.result(state), result);
				}
			}
		}

		private S state(long group) throws Exception {
			return this.states.containsKey(group) ? this.states.get(group) : this.function.start();
		}

		@Override
		protected int compare(String first, String second) {
			throw new IllegalStateException("An aggregate compares nothing");
		}

	}

	/** A collation. */
	static final class Collation extends NativeCallback {

		private final Comparator<String> order;

		Collation(NativeConnection connection, Comparator<String> order) {
			super(connection);
			this.order = order;
		}

		@Override
		protected void call(int what, long group, Arguments arguments, Parameters result) {
			throw new IllegalStateException("A collation has no result");
		}

		@Override
		protected int compare(String first, String second) {
			return this.order.compare(first, second);
		}

	}

	/** The arguments as a row, so that they are converted as values of a result are. */
	private static final class ArgumentCursor extends Cursor implements FunctionArguments {

		private final Arguments arguments;

		private ArgumentCursor(Arguments arguments) {
			this.arguments = arguments;
		}

		private boolean isNullAt(int index) throws SQLException {
			if (index < 0 || index >= this.arguments.count()) {
				throw SqlState.INVALID_PARAMETER_INDEX.exception("There is no argument " + index + ": the function has "
						+ this.arguments.count() + " arguments, counted from 0");
			}
			return this.arguments.type(index) == Rows.NULL;
		}

		@Override
		public int count() {
			return this.arguments.count();
		}

		@Override
		public boolean isNull(int index) throws SQLException {
			return isNullAt(index);
		}

		@Override
		public Object get(int index) throws SQLException {
			return isNullAt(index) ? null : switch (type(index)) {
				case Rows.INTEGER -> longValue(index);
				case Rows.FLOAT -> doubleValue(index);
				case Rows.TEXT -> text(index);
				default -> bytes(index);
			};
		}

		@Override
		public <T> T get(int index, Class<T> type) throws SQLException {
			return isNullAt(index) ? null : Conversions.convert(this, index, type);
		}

		@Override
		public long getLong(int index) throws SQLException {
			return isNullAt(index) ? 0 : Conversions.integer(this, index);
		}

		@Override
		public double getDouble(int index) throws SQLException {
			return isNullAt(index) ? 0 : Conversions.real(this, index);
		}

		@Override
		public String getString(int index) throws SQLException {
			return isNullAt(index) ? null : Conversions.text(this, index);
		}

		@Override
		public byte[] getBytes(int index) throws SQLException {
			return isNullAt(index) ? null : Conversions.bytes(this, index);
		}

		/* The arguments as a cursor that stands on its only row */

		@Override
		boolean advance() {
			return false;
		}

		@Override
		boolean isLast() {
			return true;
		}

		@Override
		int findColumn(String label) {
			return -1;
		}

		@Override
		int type(int column) {
			return this.arguments.type(column);
		}

		@Override
		long longValue(int column) {
			return this.arguments.longValue(column);
		}

		@Override
		double doubleValue(int column) {
			return this.arguments.doubleValue(column);
		}

		@Override
		String text(int column) {
			return this.arguments.text(column);
		}

		@Override
		byte[] bytes(int column) {
			return this.arguments.bytes(column);
		}

		@Override
		int byteLength(int column) {
			return this.arguments.byteLength(column);
		}

		@Override
		void close() {
			// Nothing is held.
		}

		@Override
		public int columnCount() {
			return this.arguments.count();
		}

		@Override
		public String label(int column) {
			return "argument " + column;
		}

		@Override
		public String declaredType(int column) {
			return null;
		}

		@Override
		public String columnText(int column, ColumnText what) {
			return null;
		}

	}

}
