package io.heliosdb.jdbc;

/**
 * An SQL aggregate in Java, see {@link HeliosConnection#createAggregate}. The object
 * itself is shared by all groups of rows; what belongs to one is its state. Exceptions
 * make the statement fail, as with {@link ScalarFunction}.
 *
 * @param <S> the state of a group of rows
 */
public interface AggregateFunction<S> {

	/**
	 * Begins a group of rows.
	 * @return the state of no rows, which may be {@code null}
	 * @throws Exception makes the statement fail
	 */
	S start() throws Exception;

	/**
	 * Takes a row in.
	 * @param state the state of the rows so far
	 * @param arguments the arguments for this row, valid during this call
	 * @return the state with this row: the same object, changed, or another
	 * @throws Exception makes the statement fail
	 */
	S add(S state, FunctionArguments arguments) throws Exception;

	/**
	 * The result for a group of rows, which has ended.
	 * @param state the state of its rows
	 * @return the result, as for {@link ScalarFunction#apply}
	 * @throws Exception makes the statement fail
	 */
	Object result(S state) throws Exception;

}
