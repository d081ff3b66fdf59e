package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.OptionalLong;

/**
 * What a HeliosDB connection offers beyond JDBC. From a pooled connection it is had by
 * {@code connection.unwrap(HeliosConnection.class)}.
 */
public interface HeliosConnection extends Connection {

	/**
	 * The database's path, sizes and versions at this moment.
	 * @return the status
	 * @throws SQLException if the connection is closed
	 */
	DatabaseStatus getDatabaseStatus() throws SQLException;

	/**
	 * The point of the past that this connection reads the database at, as the connection
	 * parameter {@code as_of} or {@link #openAsOf} said.
	 * @return the point's SCN, empty for a connection to the present
	 * @throws SQLException if the connection is closed
	 */
	OptionalLong getAsOfScn() throws SQLException;

	/**
	 * Opens another connection to the same database, with the same parameters, that reads
	 * the whole database as it was at a point. It is read-only, belongs to no pool, and
	 * stays open when this one is closed: the caller closes it.
	 * @param scn the point
	 * @return the connection
	 * @throws SQLException if this connection is closed, the point does not exist
	 * (SQLState 22023), or the database keeps no history (55000)
	 */
	HeliosConnection openAsOf(long scn) throws SQLException;

	/**
	 * Registers an SQL function for this connection. One of the same name and number of
	 * arguments is replaced, one of SQLite's own too.
	 * <p>
	 * It is called on the thread that executes the statement, in the middle of it, by one
	 * thread at a time. It cannot use this connection (SQLState HY010), only others. What
	 * it throws makes the statement fail with SQLState 38000, with its message and as the
	 * cause. It is forgotten when the connection is closed.
	 * @param name its name in SQL
	 * @param argumentCount number of its arguments, -1 for any number
	 * @param function the function
	 * @param options what SQLite may assume of it
	 * @throws SQLException if the connection is closed, a result is open (SQLState
	 * 55006), or SQLite takes no such name or number of arguments
	 */
	void createFunction(String name, int argumentCount, ScalarFunction function, FunctionOption... options)
			throws SQLException;

	/**
	 * Registers an SQL aggregate for this connection, under the same rules as
	 * {@link #createFunction}. A {@link WindowFunction} works in {@code OVER} clauses
	 * too.
	 * @param <S> the state of a group of rows
	 * @param name its name in SQL
	 * @param argumentCount number of its arguments, -1 for any number
	 * @param function the aggregate
	 * @param options what SQLite may assume of it
	 * @throws SQLException as {@link #createFunction}
	 */
	<S> void createAggregate(String name, int argumentCount, AggregateFunction<S> function, FunctionOption... options)
			throws SQLException;

	/**
	 * Takes a function or aggregate away. One of SQLite's own that it replaced does not
	 * come back. Does nothing if there is none.
	 * @param name its name
	 * @param argumentCount the number of arguments that it was registered with
	 * @throws SQLException if the connection is closed or a result is open
	 */
	void removeFunction(String name, int argumentCount) throws SQLException;

	/**
	 * Registers a collation for this connection, to be used as
	 * {@code ORDER BY name COLLATE german}.
	 * <p>
	 * A table or index that is declared with it can be used by connections only that have
	 * it, and must never be used with another order under the same name: its index would
	 * be out of order. When the comparator throws, the statement fails as with a
	 * function, and what it wrote is rolled back with the transaction that it is in
	 * (40000 for the commit).
	 * @param name its name in SQL
	 * @param order a total order of all texts, the same for ever
	 * @throws SQLException if the connection is closed or a result is open
	 */
	void createCollation(String name, Comparator<String> order) throws SQLException;

	/**
	 * Takes a collation away. Does nothing if there is none.
	 * @param name its name
	 * @throws SQLException if the connection is closed or a result is open
	 */
	void removeCollation(String name) throws SQLException;

}
