package io.heliosdb.jdbc;

import java.sql.SQLException;

/**
 * The arguments of an SQL function in Java. They count from 0. Values are converted as
 * those of a {@link java.sql.ResultSet} are.
 */
public interface FunctionArguments {

	/**
	 * How many there are.
	 * @return the number
	 */
	int count();

	/**
	 * Whether an argument is NULL.
	 * @param index which
	 * @return {@code true} if it is
	 * @throws SQLException if there is no such argument
	 */
	boolean isNull(int index) throws SQLException;

	/**
	 * An argument as SQLite has it.
	 * @param index which
	 * @return {@code Long}, {@code Double}, {@code String}, {@code byte[]} or
	 * {@code null}
	 * @throws SQLException if there is no such argument
	 */
	Object get(int index) throws SQLException;

	/**
	 * An argument as a class of the caller's choice.
	 * @param <T> the class
	 * @param index which
	 * @param type any class that {@code ResultSet.getObject} reads
	 * @return the value, {@code null} for NULL
	 * @throws SQLException if there is no such argument, or it cannot be converted
	 */
	<T> T get(int index, Class<T> type) throws SQLException;

	/**
	 * An integer.
	 * @param index which
	 * @return the value, 0 for NULL
	 * @throws SQLException if there is no such argument, or it is no integer
	 */
	long getLong(int index) throws SQLException;

	/**
	 * A number.
	 * @param index which
	 * @return the value, 0 for NULL
	 * @throws SQLException if there is no such argument, or it is no number
	 */
	double getDouble(int index) throws SQLException;

	/**
	 * A text.
	 * @param index which
	 * @return the value, a number in digits, {@code null} for NULL
	 * @throws SQLException if there is no such argument
	 */
	String getString(int index) throws SQLException;

	/**
	 * A blob.
	 * @param index which
	 * @return the value, the UTF-8 of a text, {@code null} for NULL
	 * @throws SQLException if there is no such argument
	 */
	byte[] getBytes(int index) throws SQLException;

}
